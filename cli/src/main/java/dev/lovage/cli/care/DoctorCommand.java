package dev.lovage.cli.care;

import dev.lovage.cli.data.Installed;
import dev.lovage.cli.look.View;
import dev.lovage.cli.terminal.ExitCode;
import dev.lovage.cli.terminal.Setup;
import dev.lovage.cli.terminal.Table;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.broker.Busy;
import dev.lovage.engine.settings.Judgement;
import dev.lovage.engine.settings.Setting;
import dev.lovage.engine.settings.Settings;
import dev.lovage.engine.transport.Bridge;
import dev.lovage.engine.transport.Transported;
import dev.lovage.sql.broker.SqlBackbone;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/// Looks at all that has to be right for work to be done and kept.
@Command(name = "doctor", description = "check the installation; exit code 1 if something is wrong")
public final class DoctorCommand implements Callable<Integer> {
    private static final long DISK_MIN_BYTES = 1L << 30;
    private static final Duration PROBE = Duration.ofMillis(500);
    private static final Duration OFFSET_MAX = Duration.ofSeconds(2);

    private final Setup setup;
    private final List<Finding> findings = new ArrayList<>();

    public DoctorCommand(Setup setup) {
        this.setup = setup;
    }

    private enum Verdict {
        OK,
        /// Works, and a person should know.
        NOTE,
        WRONG
    }

    /// @param setting one that was given, judged
    private record Finding(String what, Verdict verdict, String found, Optional<Judgement> setting) {}

    @Override
    public Integer call() throws IOException {
        var settings = setup.unchecked();
        java();
        settings.judged().forEach(this::judged);
        if (findings.stream().noneMatch(one -> one.setting().isPresent() && one.verdict() == Verdict.WRONG)) {
            installation(settings);
        }
        if (setup.json()) {
            setup.printJson(findings);
        } else {
            print();
        }
        var wrong = findings.stream().anyMatch(one -> one.verdict() == Verdict.WRONG);
        return (wrong ? ExitCode.FAILED : ExitCode.OK).number();
    }

    private void judged(Judgement one) {
        var verdict = switch (one.verdict()) {
            case HONOURED -> Verdict.OK;
            case WITHOUT_EFFECT, UNSAFE -> Verdict.NOTE;
            case REFUSED -> Verdict.WRONG;
        };
        findings.add(new Finding("setting " + one.setting(), verdict, one.line(), Optional.of(one)));
    }

    private void print() {
        var table = new Table("CHECK", "", "FOUND");
        findings.stream()
                .filter(one -> one.setting().isEmpty())
                .forEach(one -> table.row(one.what(), one.verdict().name().toLowerCase(Locale.ROOT), one.found()));
        table.print(setup.out());
        var settings = new Table("SETTING", "VALUE", "FROM", "VERDICT", "WHY");
        findings.stream()
                .flatMap(one -> one.setting().stream())
                .forEach(one -> settings.row(
                        one.setting(),
                        one.value(),
                        one.origin(),
                        one.verdict().words(),
                        one.reason()
                                + one.safe().map(safe -> "; safe is " + safe).orElse("")));
        if (!settings.isEmpty()) {
            setup.print("");
            settings.print(setup.out());
        }
    }

    private void installation(Settings settings) throws IOException {
        add(
                "settings",
                Verdict.OK,
                "broker " + Settings.masked(settings.brokerUrl())
                        + (settings.storeUrl().equals(settings.brokerUrl())
                                ? ""
                                : ", store " + Settings.masked(settings.storeUrl())));
        var folder = settings.data();
        if (Files.isDirectory(folder)) {
            folders(folder);
            disk(folder);
        } else {
            add("data folder", Verdict.NOTE, folder + " is not there yet; it begins with ./lovage up or ./lovage demo");
        }
        if (Setup.sqlite(settings).filter(file -> !Files.exists(file)).isPresent()) {
            add("database", Verdict.NOTE, "not there yet");
        } else {
            database(settings);
        }
    }

    private void add(String what, Verdict verdict, String found) {
        findings.add(new Finding(what, verdict, found, Optional.empty()));
    }

    private void java() {
        var version = Runtime.version();
        add(
                "java",
                version.feature() == 25 ? Verdict.OK : Verdict.WRONG,
                version + (version.feature() == 25 ? "" : "; 25 is needed"));
    }

    private void folders(Path folder) throws IOException {
        mode("data folder", folder, "rwx------");
        var secrets = folder.resolve("secrets");
        if (Files.isDirectory(secrets)) {
            mode("secrets", secrets, "rwx------");
            try (var files = Files.list(secrets)) {
                for (var file : files.sorted().toList()) {
                    mode("secrets", file, "rw-------");
                }
            }
        }
    }

    private void mode(String what, Path path, String expected) throws IOException {
        var found = PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
        add(
                what,
                found.equals(expected) ? Verdict.OK : Verdict.WRONG,
                path + " is " + found + (found.equals(expected) ? "" : "; " + expected + " is expected: chmod it"));
    }

    private void disk(Path folder) throws IOException {
        var free = Files.getFileStore(folder).getUsableSpace();
        add("disk", free < DISK_MIN_BYTES ? Verdict.WRONG : Verdict.OK, (free >> 20) + " MiB free");
        var probe = folder.resolve("doctor-" + ProcessHandle.current().pid() + ".probe");
        try (var channel = FileChannel.open(
                probe,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, StandardOpenOption.DELETE_ON_CLOSE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            long from = System.nanoTime();
            long writes = 0;
            while (System.nanoTime() - from < PROBE.toNanos()) {
                channel.write(ByteBuffer.allocate(4096), (writes % 256) * 4096);
                channel.force(false);
                writes++;
            }
            var perSecond = writes * 1_000_000_000L / (System.nanoTime() - from);
            add(
                    "durable writes",
                    perSecond < 50 ? Verdict.NOTE : Verdict.OK,
                    perSecond + " a second (4 KiB and fdatasync, one after the other)");
        }
    }

    private void database(Settings settings) {
        try (var lovage = setup.existing()) {
            lovage.backbone().store().workers(); // a store in Redis connects when it is first asked
            var schemas = SqlBackbone.databaseOf(lovage.backbone())
                    .map(database -> ", schemas " + Installed.schemas(database))
                    .orElse("");
            if (settings.withoutStore()) {
                lovage.backbone().off().forEach(off -> add("store", Verdict.NOTE, "none; off: " + off));
                broker(lovage);
            } else {
                add("database", Verdict.OK, "answers" + schemas);
                broker(lovage);
                clock(lovage);
            }
            work(lovage);
        } catch (RuntimeException e) {
            add(
                    settings.withoutStore() ? "broker" : "database",
                    Verdict.WRONG,
                    Settings.masked(String.valueOf(e.getMessage())));
        }
    }

    /// Only where another one than the store moves the messages.
    private void broker(Lovage lovage) {
        if (!(lovage.backbone() instanceof Transported over)) {
            return;
        }
        var transport = over.transport();
        try {
            transport.depths(Set.of(lovage.settings().text(Setting.TASK_DEFAULT_QUEUE)));
            add("broker", Verdict.OK, "answers");
        } catch (Busy e) {
            add("broker", Verdict.WRONG, Settings.masked(String.valueOf(e.getMessage())));
        }
        over.weaknesses().forEach(weakness -> add("broker", Verdict.NOTE, weakness));
    }

    private void clock(Lovage lovage) {
        var offset = Duration.between(
                        setup.clock().instant(), lovage.backbone().store().now())
                .abs();
        add(
                "clock",
                offset.compareTo(OFFSET_MAX) > 0 ? Verdict.WRONG : Verdict.OK,
                offset.toMillis() + " ms between this machine and the store, whose clock decides");
    }

    private void work(Lovage lovage) {
        var view = View.of(lovage);
        var alive = view.workers().stream().filter(View.Worker::alive).count();
        if (lovage.backbone().store().remembers()) {
            add("workers", alive == 0 ? Verdict.NOTE : Verdict.OK, alive == 0 ? "none is alive" : alive + " alive");
        }
        var timers = 0L;
        for (var queue : view.queues()) {
            timers += queue.timer();
            if (view.unserved().queues().contains(queue.queue())) {
                add("queue " + queue.queue(), Verdict.WRONG, queue.waiting() + " wait and no live worker serves it");
            }
            var stuck = queue.parked() + queue.quarantined() + queue.dead();
            if (stuck > 0) {
                add(
                        "queue " + queue.queue(),
                        Verdict.NOTE,
                        stuck + " wait for a person: lovage dlq list, lovage parked list");
            }
        }
        if (timers > 0 && alive == 0 && lovage.backbone() instanceof Bridge) {
            add(
                    "timers",
                    Verdict.WRONG,
                    timers
                            + " wait in the store for their time, and no live worker hands them to the broker then: start"
                            + " one with this store, of whatever queue");
        }
        var tasks = new TreeMap<String, List<String>>();
        view.unserved()
                .tasks()
                .forEach((task, queue) ->
                        tasks.computeIfAbsent(queue, _ -> new ArrayList<>()).add(task));
        tasks.forEach((queue, names) -> add(
                "queue " + queue,
                Verdict.NOTE,
                "no live worker serves it, and unless their senders name another queue these tasks go there: "
                        + String.join(", ", names)));
    }
}
