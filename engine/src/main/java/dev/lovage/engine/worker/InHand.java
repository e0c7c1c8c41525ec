package dev.lovage.engine.worker;

import dev.lovage.engine.message.Message;
import java.time.Instant;
import java.util.Optional;

/// What a worker has claimed and not settled.
///
/// @param started empty while it waits for its slot or its process
/// @param late whether it is acknowledged after the run
public record InHand(Message message, Optional<Instant> started, boolean late) {}
