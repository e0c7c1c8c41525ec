package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.testkit.ChildJvm;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DeviceLockTest {
    @TempDir
    Path folder;

    @Test
    void one_has_a_device_until_it_is_closed() throws IOException {
        try (var lock = DeviceLock.hold(folder, "a")) {
            assertThat(DeviceLock.tryHold(folder, "a")).isEmpty();
            try (var other = DeviceLock.hold(folder, "b")) {
                assertThat(other.feedingNoted()).isFalse();
            }
            assertThat(lock.feedingNoted()).isFalse();
        }
        DeviceLock.hold(folder, "a").close();
    }

    /// Looking in vain from this process must not drop its lock either, as closing a handle would.
    @Test
    void another_process_is_kept_out_and_a_killed_one_lets_go_and_leaves_its_note() throws IOException {
        try (var lock = DeviceLock.hold(folder, "a")) {
            assertThat(DeviceLock.tryHold(folder, "a")).isEmpty();
            try (var child = ChildJvm.start(Holder.class, List.of(folder.toString()))) {
                assertThat(child.hears("held ")).isEqualTo("false");
            }
            assertThat(lock.feedingNoted()).isFalse();
        }
        try (var child = ChildJvm.start(Holder.class, List.of(folder.toString()))) {
            assertThat(child.hears("held ")).isEqualTo("true");
            assertThat(DeviceLock.tryHold(folder, "a")).isEmpty();
            child.kill();
        }
        try (var lock = DeviceLock.hold(folder, "a")) {
            assertThat(lock.takeFeedingNote()).isTrue();
            assertThat(lock.takeFeedingNote()).isFalse();
        }
    }

    /// Holds the device `a`, feeds paper, and waits to be killed.
    static final class Holder {
        public static void main(String... arguments) throws IOException {
            var lock = DeviceLock.tryHold(Path.of(arguments[0]), "a");
            if (lock.isPresent()) {
                lock.get().feeding();
            }
            System.out.println("held " + lock.isPresent());
            if (lock.isPresent()) {
                System.in.read();
            }
        }
    }
}
