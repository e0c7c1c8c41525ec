package digitization;

import static dev.lovage.engine.retry.RetryRule.on;

import dev.lovage.engine.task.Task;
import dev.lovage.engine.task.TaskProvider;
import dev.lovage.engine.task.Tasks;
import dev.lovage.engine.task.TypeRef;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import javax.imageio.ImageIO;

/// A digitization batch: a folder with pages and a file `sha256sums`. Python composes them, see producer.py.
public final class DigitizationTasks implements TaskProvider {
    public record Page(String folder, String file) {}

    /// What one task found out about one page.
    public record Finding(String file, Map<String, String> facts) {}

    public record Enrich(List<Finding> findings, String folder) {}

    public static final class BatchInvalid extends RuntimeException {
        public BatchInvalid(String message) {
            super(message);
        }
    }

    static final Task<String, Integer> VALIDATE =
            Task.named("digitization.tasks.validate_batch", String.class, Integer.class);
    static final Task<Page, Finding> CAPTURE = Task.named("digitization.tasks.capture_page", Page.class, Finding.class);
    static final Task<Page, Finding> TECHNICAL = Task.named(
                    "digitization.tasks.extract_technical_metadata", Page.class, Finding.class)
            .retry(on(IOException.class).maxRetries(3).backoff(Duration.ofSeconds(1), Duration.ofMinutes(1)).fullJitter());
    static final Task<Enrich, Map<String, Map<String, String>>> ENRICH =
            Task.named("digitization.tasks.enrich_batch", Enrich.class, new TypeRef<>() {});

    @Override
    public void register(Tasks tasks) {
        tasks.handle(VALIDATE, DigitizationTasks::validate);
        tasks.handle(CAPTURE, DigitizationTasks::capture);
        tasks.handle(TECHNICAL, DigitizationTasks::technicalMetadata);
        tasks.handle(ENRICH, DigitizationTasks::enrich);
    }

    /// A wrong checksum is no matter for a retry: it is wrong for good.
    private static int validate(String folder) throws IOException {
        var sums = Files.readAllLines(Path.of(folder, "sha256sums"));
        for (var line : sums) {
            var page = Path.of(folder, line.substring(66));
            if (!sha256(page).equals(line.substring(0, 64))) {
                throw new BatchInvalid(page.getFileName() + " is not the file that was scanned: its SHA-256 is "
                        + sha256(page) + ". Nothing was made of the batch.");
            }
        }
        return sums.size();
    }

    /// The access copy: grey, half the size. It decodes images, so it runs in a child process.
    private static Finding capture(Page page) throws IOException {
        var master = ImageIO.read(Path.of(page.folder(), page.file()).toFile());
        var copy = new BufferedImage(master.getWidth() / 2, master.getHeight() / 2, BufferedImage.TYPE_BYTE_GRAY);
        copy.createGraphics().drawImage(master, 0, 0, copy.getWidth(), copy.getHeight(), null);
        // A second run makes the same file: whole, or not at all.
        var target = Path.of(page.folder(), "access-" + page.file());
        var whole = Files.createTempFile(Path.of(page.folder()), "making-", ".png");
        ImageIO.write(copy, "png", whole.toFile());
        Files.move(whole, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        return new Finding(page.file(), Map.of("access_copy", target.getFileName().toString(), "sha256", sha256(target)));
    }

    private static Finding technicalMetadata(Page page) throws IOException {
        try (var stream = ImageIO.createImageInputStream(Path.of(page.folder(), page.file()).toFile())) {
            var reader = ImageIO.getImageReaders(stream).next();
            reader.setInput(stream);
            return new Finding(
                    page.file(),
                    Map.of(
                            "format", reader.getFormatName(),
                            "width", String.valueOf(reader.getWidth(0)),
                            "height", String.valueOf(reader.getHeight(0))));
        }
    }

    private static Map<String, Map<String, String>> enrich(Enrich batch) {
        Map<String, Map<String, String>> pages = new TreeMap<>();
        for (var finding : batch.findings()) {
            pages.computeIfAbsent(finding.file(), file -> new TreeMap<>()).putAll(finding.facts());
        }
        return pages;
    }

    private static String sha256(Path file) throws IOException {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
