package dev.lovage.records.letter;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// An acknowledgement, as a text file.
///
/// A letter's life: its text follows from the record alone, so every attempt writes the same bytes; they are
/// fsynced under a name that their digest is part of, created without replacing, and the folder is fsynced. The
/// letter exists for the office once its row does, which the commit of the task writes; a file without a row is
/// nobody's.
///
/// @param file relative to the folder of letters
public record Letter(String file, String sha256, long size) {
    private static final DateTimeFormatter DAY = DateTimeFormatter.ofPattern("EEEE, d MMMM uuuu", Locale.US);
    private static final DateTimeFormatter INSTANT =
            DateTimeFormatter.ofPattern("d MMMM uuuu 'at' HH:mm:ss zzz", Locale.US);

    /// What an acknowledgement says.
    ///
    /// @param addressee the requester's name, perhaps empty
    /// @param silence why it must not be sent automatically; a note for staff above the letter
    public record Text(
            String trackingId,
            String addressee,
            Instant receivedAt,
            ZoneId zone,
            String rawSha256,
            String department,
            Optional<LocalDate> dueOn,
            Optional<String> silence) {
        String compose() {
            var text = new StringBuilder();
            silence.ifPresent(reason -> text.append("[Staff: not to be sent automatically (")
                    .append(reason)
                    .append(")]\n\n"));
            text.append("Request ").append(trackingId).append("\n\n");
            text.append(addressee.isBlank() ? "Dear requester," : "Dear " + addressee + ",")
                    .append("\n\n");
            text.append("We received your request on ")
                    .append(INSTANT.format(receivedAt.atZone(zone)))
                    .append(" (")
                    .append(DateTimeFormatter.ISO_INSTANT.format(receivedAt))
                    .append(").\n");
            text.append("It is with: ").append(department).append(".\n");
            dueOn.ifPresent(due -> text.append("We are to answer by ")
                    .append(DAY.format(due))
                    .append(", unless the law allows more time; we will tell you if so.\n"));
            text.append("\nPlease name ").append(trackingId).append(" whenever you write about it.\n");
            text.append("\nWhat we received has the SHA-256 ").append(rawSha256).append(".\n");
            return text.toString();
        }
    }

    /// Writes the letter; when it is there already with the same bytes, nothing changes.
    public static Letter write(Path folder, Text text) throws IOException {
        var bytes = text.compose().getBytes(StandardCharsets.UTF_8);
        var digest = sha256(bytes);
        var name = text.trackingId() + ".ack." + digest.substring(0, 16) + ".txt";
        if (!Files.isDirectory(folder)) {
            Files.createDirectories(
                    folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            sync(folder.resolve(".."));
        }
        var target = folder.resolve(name);
        var own = folder.resolve(".writing-" + java.util.UUID.randomUUID());
        try (var channel = FileChannel.open(
                own,
                Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
            var left = ByteBuffer.wrap(bytes);
            while (left.hasRemaining()) {
                channel.write(left);
            }
            channel.force(true);
        }
        try {
            Files.createLink(target, own);
        } catch (FileAlreadyExistsException there) {
            if (!Arrays.equals(Files.readAllBytes(target), bytes)) {
                throw new IOException(
                        "The letter file " + name + " is there with other bytes than its name says. It was left"
                                + " as it is; move it away, then retry the task.",
                        there);
            }
        } finally {
            Files.deleteIfExists(own);
        }
        sync(folder);
        return new Letter(name, digest, bytes.length);
    }

    private static void sync(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    /// Whether the file is there with these bytes.
    public boolean intact(Path folder) {
        try {
            var file = folder.resolve(this.file);
            return Files.isRegularFile(file) && sha256(Files.readAllBytes(file)).equals(sha256);
        } catch (IOException e) {
            return false;
        }
    }

    private static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }
}
