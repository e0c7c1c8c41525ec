package dev.lovage.engine.broker;

/// The claim of one incarnation of a worker on all that it has claimed. It is not a duration: it lasts while
/// the incarnation's counter advances, and is dead when observers saw it stand still for a lease period, or its
/// process gone.
///
/// @param incarnation unique to one start of one worker
/// @param worker the worker's name, `celery@host`
public record Lease(String incarnation, String worker) {}
