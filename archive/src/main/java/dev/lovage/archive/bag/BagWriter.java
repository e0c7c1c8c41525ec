package dev.lovage.archive.bag;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/// Writes bags: BagIt 1.0, SHA-256, UTF-8, in an order that equal content repeats byte for byte.
///
/// A bag's life: its folder is created, which fails if another attempt has it; the files are copied while
/// they are hashed, each fsynced; the manifests and the folders follow; `bagit.txt` comes last. A folder
/// without `bagit.txt` is no bag to any reader, so a crash or an exception on the way leaves nothing that
/// verifies. What it leaves is the caller's to remove.
///
/// That the disk kept what was written is for [BagVerifier] to find, which reads it afresh.
///
/// @see <a href="https://www.rfc-editor.org/rfc/rfc8493">RFC 8493</a>
public final class BagWriter {
    private static final byte[] DECLARATION =
            "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n".getBytes(UTF_8);

    private final Path folder;
    private final Set<Path> folders = new TreeSet<>(Comparator.reverseOrder());
    private final byte[] buffer = new byte[64 * 1024];
    private long bytes;

    private BagWriter(Path folder) {
        this.folder = folder;
    }

    /// @param folder must not exist; its parent must
    /// @param payload files under `data/`; may be empty
    /// @param tagFiles others, such as `metadata/mets.xml`
    /// @throws BagRefused if two paths could be one file, a path is the writer's own, or the folder is there
    /// @throws BagFileDiffers if a source has not the digest that was announced
    public static WrittenBag write(Path folder, List<BagFile> payload, List<BagFile> tagFiles, BagInfo info)
            throws IOException {
        checkPlaces(payload, tagFiles);
        checkDistinct(payload, tagFiles);
        info.text(0, 0); // refused before anything is written
        var absolute = folder.toAbsolutePath().normalize();
        try {
            Files.createDirectory(absolute);
        } catch (FileAlreadyExistsException e) {
            throw new BagRefused("The folder " + absolute + " is there already, and a bag is written into a new one."
                    + " Nothing was written. Give each attempt a folder of its own.");
        }
        return new BagWriter(absolute).write(payload, tagFiles, info);
    }

    private WrittenBag write(List<BagFile> payload, List<BagFile> tagFiles, BagInfo info) throws IOException {
        folders.add(folder);
        folders.add(folder.resolve("data"));
        Files.createDirectory(folder.resolve("data"));
        var manifest = new TreeMap<String, String>();
        for (var file : sorted(payload)) {
            copy(file);
            manifest.put(file.path(), file.sha256());
        }
        var payloadBytes = bytes;
        var tags = new TreeMap<String, String>();
        for (var file : sorted(tagFiles)) {
            copy(file);
            tags.put(file.path(), file.sha256());
        }
        keep(BagFile.of("bag-info.txt", info.text(payloadBytes, payload.size()).getBytes(UTF_8)), tags);
        keep(BagFile.of("manifest-sha256.txt", text(manifest)), tags);
        var declaration = BagFile.of("bagit.txt", DECLARATION);
        tags.put(declaration.path(), declaration.sha256());
        var tagManifest = BagFile.of("tagmanifest-sha256.txt", text(tags));
        copy(tagManifest);
        for (var written : folders) {
            fsyncFolder(written);
        }
        copy(declaration);
        fsyncFolder(folder);
        fsyncFolder(folder.resolve("..").normalize());
        return new WrittenBag(folder, payload.size(), payloadBytes, tagManifest.sha256());
    }

    private void keep(BagFile file, SortedMap<String, String> tags) throws IOException {
        copy(file);
        tags.put(file.path(), file.sha256());
    }

    private void copy(BagFile file) throws IOException {
        var target = place(file.path());
        createFolders(target);
        var digest = BagDigest.SHA256.begin();
        try (var in = file.source().open();
                var out = FileChannel.open(target, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                digest.update(buffer, 0, n);
                bytes += n;
                for (var rest = ByteBuffer.wrap(buffer, 0, n); rest.hasRemaining(); ) {
                    out.write(rest);
                }
            }
            out.force(true);
        }
        var found = HexFormat.of().formatHex(digest.digest());
        if (!found.equals(file.sha256())) {
            throw new BagFileDiffers(file.path(), file.sha256(), found);
        }
    }

    private Path place(String path) {
        try {
            return folder.resolve(path);
        } catch (InvalidPathException e) {
            throw new BagRefused("This Java can't name a file '" + BagPath.shown(path) + "': " + e.getReason()
                    + ". The bag was not completed. Start it where file names are UTF-8, such as with LC_ALL=C.UTF-8.");
        }
    }

    private void createFolders(Path target) throws IOException {
        var missing = new ArrayList<Path>();
        for (var above = target.resolve("..").normalize();
                folders.add(above);
                above = above.resolve("..").normalize()) {
            missing.add(above);
        }
        for (var above : missing.reversed()) {
            Files.createDirectory(above);
        }
    }

    private static List<BagFile> sorted(List<BagFile> files) {
        return files.stream().sorted(Comparator.comparing(BagFile::path)).toList();
    }

    private static byte[] text(SortedMap<String, String> digests) {
        var text = new StringBuilder();
        digests.forEach((path, sha256) ->
                text.append(sha256).append("  ").append(BagPath.encoded(path)).append('\n'));
        return text.toString().getBytes(UTF_8);
    }

    private static void checkPlaces(List<BagFile> payload, List<BagFile> tagFiles) {
        for (var file : payload) {
            if (!file.path().startsWith("data/")) {
                throw new BagRefused("The payload file '" + BagPath.shown(file.path())
                        + "' is not under data/. Nothing was written. Put data/ before its path, or pass it as tag"
                        + " file.");
            }
        }
        for (var file : tagFiles) {
            var folded = BagPath.folded(file.path());
            if (folded.equals("data") || folded.startsWith("data/")) {
                throw new BagRefused("The tag file '" + BagPath.shown(file.path())
                        + "' is under data/, where the payload is. Nothing was written. Pass it as payload, or put it"
                        + " into another folder.");
            }
            if (folded.matches("bagit\\.txt|bag-info\\.txt|fetch\\.txt|(tag)?manifest-[^/]*\\.txt")) {
                throw new BagRefused("The tag file '" + file.path()
                        + "' has a name that BagIt keeps for itself. Nothing was written. Choose another.");
            }
        }
    }

    private static void checkDistinct(List<BagFile> payload, List<BagFile> tagFiles) {
        Map<String, String> seen = new HashMap<>();
        var above = new HashSet<String>();
        for (var files : List.of(payload, tagFiles)) {
            for (var file : files) {
                var folded = BagPath.folded(file.path());
                var other = seen.putIfAbsent(folded, file.path());
                if (other != null) {
                    throw new BagRefused("'" + BagPath.shown(other) + "' and '" + BagPath.shown(file.path())
                            + "' are one file on systems that ignore case or compose characters. Nothing was"
                            + " written. Rename one of them, and record the change.");
                }
                for (int slash = folded.indexOf('/'); slash >= 0; slash = folded.indexOf('/', slash + 1)) {
                    above.add(folded.substring(0, slash));
                }
            }
        }
        for (var file : seen.entrySet()) {
            if (above.contains(file.getKey())) {
                throw new BagRefused("'" + BagPath.shown(file.getValue())
                        + "' is a file and a folder at once. Nothing was written. Rename one of them.");
            }
        }
    }

    private static void fsyncFolder(Path folder) throws IOException {
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }
}
