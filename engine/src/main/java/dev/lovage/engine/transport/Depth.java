package dev.lovage.engine.transport;

import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/// What lies in one queue of a broker; what it can't tell is empty.
///
/// @param ready messages that wait to be delivered
/// @param unacknowledged messages that were delivered and not acknowledged
/// @param consumers who would be delivered to
/// @param oldest when the message that waits longest was sent
public record Depth(long ready, OptionalLong unacknowledged, OptionalLong consumers, Optional<Instant> oldest) {}
