package dev.lovage.engine.broker;

/// How a queue is bound at a broker that has exchanges.
///
/// @param type of the exchange: `direct`, `topic`, or another one that the broker knows
public record Binding(String exchange, String type, String routingKey) {}
