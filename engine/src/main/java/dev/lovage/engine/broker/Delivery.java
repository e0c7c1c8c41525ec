package dev.lovage.engine.broker;

import dev.lovage.engine.message.Message;
import java.time.Instant;
import java.util.Optional;

/// A message that a worker has claimed.
///
/// @param tag names the entry in its broker
/// @param epoch grows with every claim; what is settled under an older epoch changes nothing
/// @param redelivered how often it had been claimed before
/// @param crashes how often it was running when its worker's process died
/// @param evidence what is known of the last such death
/// @param failOnLoss whether the last such death ends it, because it was acknowledged early
/// @param sent when the broker took it
public record Delivery(
        long tag,
        Message message,
        long epoch,
        int redelivered,
        int crashes,
        Optional<String> evidence,
        boolean failOnLoss,
        Instant sent) {}
