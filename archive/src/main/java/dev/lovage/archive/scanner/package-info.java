/// Capture: pages come from a scanner behind a SANE daemon, or from a folder that scanning software fills.
///
/// The door is [Scanners]. It finds a [Scanner] by its id; `check` tells what can be known before paper moves,
/// `capture` brings complete pages into a staging folder or fails with a [CaptureFailed] that says who has to act.
/// SANE's network protocol is spoken here rather than by a library: every read has a time limit, every length a
/// bound, and rows go to disk as they come.
@NullMarked
package dev.lovage.archive.scanner;

import org.jspecify.annotations.NullMarked;
