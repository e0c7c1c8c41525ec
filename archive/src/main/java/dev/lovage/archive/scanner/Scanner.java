package dev.lovage.archive.scanner;

import java.io.IOException;
import java.nio.file.Path;

/// A device that gives pages, used by one at a time on this machine.
public sealed interface Scanner permits SaneScanner, WatchedFolder {
    /// Its name in the scanners' file and in manifests.
    String id();

    /// Finds out what can be known before paper moves. That the device is away or busy is an answer, too.
    Readiness check(CaptureSettings settings) throws IOException;

    /// Brings complete pages into `staging`, fsynced, each compared with the settings.
    ///
    /// @param staging missing or empty, and this attempt's own: a worker that was taken for dead may still write
    ///     into the folder of the attempt before. It is left empty when the capture fails.
    /// @throws CaptureFailed if the pages were not given as asked for
    /// @throws IOException if this machine's disk failed or the thread was interrupted
    Capture capture(CaptureSettings settings, Path staging) throws IOException;

    /// Tells that the capture was recorded for good, so that its originals may be put aside. It may come twice, and
    /// also after a crash. A capture that is not told of can be repeated.
    void committed(Capture capture) throws IOException;
}
