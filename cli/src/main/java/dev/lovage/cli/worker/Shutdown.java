package dev.lovage.cli.worker;

import dev.lovage.cli.terminal.ExitCode;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/// SIGTERM and SIGINT for a program that runs until it is told to stop. The virtual machine waits with its end until
/// this is closed, and then ends with 0 if all went [#well]: a shutdown that was asked for and left nothing behind is
/// no failure. Opened before whatever has to be closed in time.
final class Shutdown implements AutoCloseable {
    private final CountDownLatch asked = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final AtomicInteger code = new AtomicInteger(ExitCode.FAILED.number());

    void listen() {
        Runtime.getRuntime()
                .addShutdownHook(Thread.ofPlatform().name("lovage-stop").unstarted(this::end));
    }

    /// As if the system had.
    void ask() {
        asked.countDown();
    }

    void await() throws InterruptedException {
        asked.await();
    }

    /// @return the exit code
    int well() {
        code.set(ExitCode.OK.number());
        return ExitCode.OK.number();
    }

    private void end() {
        ask();
        try {
            ended.await();
            System.err.flush();
            Runtime.getRuntime().halt(code.get());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        ended.countDown();
    }
}
