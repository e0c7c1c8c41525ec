package dev.lovage.proof.bench;

import dev.lovage.archive.Archive;
import dev.lovage.archive.image.Thumbnails;
import dev.lovage.archive.ingest.Archival;
import dev.lovage.archive.ocr.OcrEngine;
import dev.lovage.archive.samples.SampleBatches;
import dev.lovage.archive.vault.Vault;
import dev.lovage.engine.AsyncResult;
import dev.lovage.engine.Lovage;
import dev.lovage.engine.worker.Pool;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.LongAdder;
import java.util.zip.GZIPInputStream;
import javax.imageio.ImageIO;
import tools.jackson.databind.JsonNode;

/// How fast the archive's work on files is: digests and text recognition beside the programs that others use for them,
/// and thumbnails.
final class ArchiveRates {
    private static final long FILE_BYTES = 1L << 30;
    private static final int DIGESTS = 5;
    private static final int COPIES = 3;
    private static final int ROUNDS = 3;
    private static final int READINGS = 4;
    private static final int CORES = 2;
    private static final Duration WARM_UP = Duration.ofSeconds(2);
    private static final Duration MEASURED = Duration.ofSeconds(5);
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final long SEED = 20261121;

    private ArchiveRates() {}

    static void measure(Place place) throws Exception {
        digests(place.fresh("digests"));
        var pages = pages(place.fresh("pages"));
        recognition(place, pages);
        thumbnails("page of 300 dpi, two colours, group 4", pages.getLast());
        thumbnails("page of 300 dpi, RGB, 26 MB", colourPage(place.fresh("colour")));
        SpawnTimes.measure(place);
    }

    private static void digests(Path folder) throws Exception {
        var file = folder.resolve("random");
        var random = new Random(SEED);
        try (var out = Files.newOutputStream(file)) {
            var block = new byte[1 << 20];
            for (long written = 0; written < FILE_BYTES; written += block.length) {
                random.nextBytes(block);
                out.write(block);
            }
        }
        var expected = Vault.digest(file);
        var ours = new ArrayList<Double>();
        var theirs = new ArrayList<Double>();
        for (int i = 0; i < DIGESTS; i++) {
            ours.add(megabytesPerSecond(() -> same(expected, Vault.digest(file))));
            theirs.add(megabytesPerSecond(() -> same(expected, sha256sum(file))));
        }
        Bench.line("SHA-256 of 1 GiB in the page cache, the archive's own", rates("MB/s", ours));
        Bench.line("SHA-256 of 1 GiB in the page cache, `sha256sum`", rates("MB/s", theirs));
        var copied = new ArrayList<Double>();
        for (int i = 0; i < COPIES; i++) {
            var data = Files.createDirectory(folder.resolve("data" + i));
            var vault = Vault.open(data);
            copied.add(megabytesPerSecond(() -> {
                var kept = vault.keep("master", file, "bin", "application/octet-stream", "bench-0-1");
                same(expected, kept.sha256());
                return same(expected, Vault.digest(vault.path(kept)));
            }));
            remove(data);
        }
        Bench.line("`verify_checksum` in a batch: hashed, copied, synced, read again", rates("MB/s", copied));
        Files.delete(file);
    }

    private static void remove(Path folder) throws IOException {
        try (var all = Files.walk(folder)) {
            for (var file : all.sorted(Collections.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private static String same(String expected, String found) {
        if (!found.equals(expected)) {
            throw new IllegalStateException("The digest is " + found + ", and " + expected + " was expected.");
        }
        return found;
    }

    private static String sha256sum(Path file) throws IOException {
        try (var said = new ProcessBuilder("sha256sum", file.toString()).start().inputReader()) {
            return said.readLine().split(" ")[0];
        }
    }

    private static double megabytesPerSecond(Callable<?> work) throws Exception {
        var start = System.nanoTime();
        work.call();
        return FILE_BYTES / 1e6 / ((System.nanoTime() - start) / 1e9);
    }

    private static String rates(String unit, List<Double> all) {
        var sorted = all.stream().sorted().toList();
        return String.format(
                Locale.ROOT,
                "%,.0f %s (median of %d; %,.0f to %,.0f)",
                sorted.get(sorted.size() / 2),
                unit,
                sorted.size(),
                sorted.getFirst(),
                sorted.getLast());
    }

    /// The printed pages that come with the program.
    private static List<Path> pages(Path folder) throws IOException {
        for (var batch : SampleBatches.unpack(folder)) {
            if (batch.endsWith("printed-pages")) {
                try (var files = Files.list(batch)) {
                    return files.filter(file -> file.toString().endsWith(".tif"))
                            .sorted()
                            .toList();
                }
            }
        }
        throw new IllegalStateException("There is no batch printed-pages in the program.");
    }

    /// The ways take turns, so that what else the machine does meets all of them.
    private static void recognition(Place place, List<Path> pages) throws Exception {
        var all = Collections.nCopies(READINGS, pages).stream()
                .flatMap(List::stream)
                .toList();
        var folder = place.fresh("tesseract");
        trainedData(folder);
        var version = tesseract();
        try (var lovage = Lovage.open(place.sqlite().settings(), InstantSource.system())) {
            var archive = Archive.open(lovage, "bench", InstantSource.system());
            try (var _ = lovage.worker()
                    .tasks(archive.tasks(Archive.HEAVY))
                    .queues(Archival.COMPUTE)
                    .pool(Pool.processes(CORES))
                    .start()) {
                read(lovage, all); // until both children have opened their engines
                var ours = new ArrayList<Double>();
                var theirs = new ArrayList<Double>();
                var lists = new ArrayList<Double>();
                for (int i = 0; i < ROUNDS; i++) {
                    ours.add(perMinute(all.size(), () -> {
                        read(lovage, all);
                        return all;
                    }));
                    if (version.isPresent()) {
                        theirs.add(perMinute(all.size(), () -> {
                            programs(folder, all);
                            return all;
                        }));
                        lists.add(perMinute(all.size(), () -> {
                            programs(folder, lists(folder, all));
                            return all;
                        }));
                    }
                }
                Bench.line("text recognition, the archive, " + CORES + " children", rates("pages/min", ours));
                if (version.isEmpty()) {
                    Bench.line(
                            "text recognition, the program `tesseract`",
                            "not installed: Debian's package tesseract-ocr");
                } else {
                    Bench.line(
                            "text recognition, `" + version.get() + "`, a process a page, " + CORES + " at once",
                            rates("pages/min", theirs));
                    Bench.line(
                            "text recognition, `" + version.get() + "`, " + CORES + " processes for all pages",
                            rates("pages/min", lists));
                }
            }
        }
    }

    private static void read(Lovage lovage, List<Path> pages) throws Exception {
        var sent = new ArrayList<AsyncResult<List<JsonNode>>>();
        for (var page : pages) {
            sent.add(lovage.send(Archival.RUN_OCR_PIPELINE.with(
                    new Archival.RunOcrPipeline(List.of(page.toString()), Optional.of("eng")))));
        }
        for (var one : sent) {
            var made = one.await(LONG).getFirst();
            if (made.path("words").asInt(0) == 0) {
                throw new IllegalStateException("No word was read: " + made);
            }
        }
    }

    private static Optional<String> tesseract() throws InterruptedException {
        try {
            var process = new ProcessBuilder("tesseract", "--version")
                    .redirectErrorStream(true)
                    .start();
            try (var said = process.inputReader()) {
                var first = said.readLine();
                return process.waitFor() == 0 ? Optional.ofNullable(first) : Optional.empty();
            }
        } catch (IOException e) {
            return Optional.empty();
        }
    }

    /// The same that the archive uses.
    private static void trainedData(Path folder) throws IOException {
        try (var packed = OcrEngine.class.getResourceAsStream("eng.traineddata.gz")) {
            if (packed == null) {
                throw new IllegalStateException("The archive's trained data are not on the class path.");
            }
            try (var in = new GZIPInputStream(packed)) {
                Files.copy(in, folder.resolve("eng.traineddata"));
            }
        }
    }

    private static List<Path> lists(Path folder, List<Path> pages) throws IOException {
        var lists = new ArrayList<Path>();
        for (int core = 0; core < CORES; core++) {
            var list = folder.resolve("list" + core + ".txt");
            var names = new ArrayList<String>();
            for (int i = core; i < pages.size(); i += CORES) {
                names.add(pages.get(i).toString());
            }
            lists.add(Files.write(list, names, StandardCharsets.UTF_8));
        }
        return lists;
    }

    /// Text, hOCR and ALTO of each, as the archive makes them.
    private static void programs(Path folder, List<Path> inputs) throws Exception {
        var waiting = new ConcurrentLinkedQueue<>(inputs);
        QueueRates.together(CORES, () -> {
            for (var input = waiting.poll(); input != null; input = waiting.poll()) {
                var output = Files.createTempFile(folder, "page", "");
                var builder = new ProcessBuilder(
                                "tesseract",
                                input.toString(),
                                output.toString(),
                                "-l",
                                "eng",
                                "--oem",
                                "1",
                                "--psm",
                                "3",
                                "-c",
                                "tessedit_create_txt=1",
                                "-c",
                                "tessedit_create_hocr=1",
                                "-c",
                                "tessedit_create_alto=1")
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .redirectError(ProcessBuilder.Redirect.DISCARD);
                builder.environment().put("OMP_THREAD_LIMIT", "1");
                builder.environment().put("TESSDATA_PREFIX", folder.toString());
                var code = builder.start().waitFor();
                if (code != 0 || Files.size(Path.of(output + ".xml")) == 0) {
                    throw new IllegalStateException("tesseract ended with " + code + " at " + input + ".");
                }
            }
            return null;
        });
    }

    private static double perMinute(int pages, Callable<?> work) throws Exception {
        var start = System.nanoTime();
        work.call();
        return pages * 60e9 / (System.nanoTime() - start);
    }

    private static Path colourPage(Path folder) throws IOException {
        var random = new Random(SEED);
        var image = new BufferedImage(2480, 3508, BufferedImage.TYPE_3BYTE_BGR);
        for (int y = 0; y < image.getHeight(); y++) {
            for (int x = 0; x < image.getWidth(); x++) {
                image.setRGB(x, y, (x * 255 / 2480) << 16 | (y * 255 / 3508) << 8 | random.nextInt(32));
            }
        }
        var file = folder.resolve("colour.tif");
        if (!ImageIO.write(image, "tiff", file.toFile())) {
            throw new IllegalStateException("This Java writes no TIFF.");
        }
        return file;
    }

    private static void thumbnails(String what, Path page) throws Exception {
        for (int threads = 1; threads <= CORES; threads++) {
            thumbnails(page, threads, WARM_UP);
            Bench.line(
                    "thumbnails of 128, 256 and 512 pixels, " + what + ", threads: " + threads,
                    thumbnails(page, threads, MEASURED));
        }
    }

    private static String thumbnails(Path page, int threads, Duration time) throws Exception {
        var made = new LongAdder();
        var start = System.nanoTime();
        QueueRates.together(threads, () -> {
            while (System.nanoTime() - start < time.toNanos()) {
                made.add(Thumbnails.of(page, Thumbnails.SIDES).size());
            }
            return null;
        });
        return String.format(Locale.ROOT, "%.1f/s", made.sum() * 1e9 / (System.nanoTime() - start));
    }
}
