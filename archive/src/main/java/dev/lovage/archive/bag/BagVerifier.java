package dev.lovage.archive.bag;

import dev.lovage.archive.bag.BagProblem.Kind;
import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/// Verifies bags of BagIt 0.97 and 1.0 that lie in a folder, and says all that is wrong with one.
///
/// The tag files are read first, then the folder is walked once; each listed file is read once for all its
/// digests. In memory are the listed paths and digests, at most 500 000 of them, and no file's content.
/// Nothing outside the folder is read, whatever manifests and symbolic links say, and nothing is fetched.
///
/// Names are compared character by character: a name that a file system has composed otherwise is missing
/// under the one spelling and extra under the other.
public final class BagVerifier {
    private final Path bag;
    private final BagFindings findings;
    private final byte[] buffer = new byte[64 * 1024];
    private long payloadFiles;
    private long payloadBytes;
    private long tagFiles;

    private BagVerifier(Path bag, BagFindings findings) {
        this.bag = bag;
        this.findings = findings;
    }

    /// @throws IOException if something in the bag can't be read; what is wrong with it is in the report
    public static BagReport verify(Path bag) throws IOException {
        return verify(bag, BagLimits.DEFAULT);
    }

    static BagReport verify(Path bag, BagLimits limits) throws IOException {
        var findings = new BagFindings(limits.problemsMax());
        if (!Files.isDirectory(bag)) {
            findings.add(Kind.MISSING, ".", "There is no folder " + bag + ".");
            return findings.report("", 0, 0, 0);
        }
        var real = bag.toRealPath();
        var verifier = new BagVerifier(real, findings);
        var version = "";
        try {
            var tags = BagTags.read(real, limits, findings);
            version = tags.version();
            verifier.walk(tags);
            verifier.reportUnseen(tags);
            verifier.compareOxum(tags);
        } catch (BagTooLarge e) {
            findings.add(Kind.TOO_LARGE, e.file(), String.valueOf(e.getMessage()));
        }
        return findings.report(version, verifier.payloadFiles, verifier.payloadBytes, verifier.tagFiles);
    }

    private void walk(BagTags tags) throws IOException {
        if (!Files.isDirectory(bag.resolve("data"), LinkOption.NOFOLLOW_LINKS)) {
            findings.add(Kind.MISSING, "data", "There is no folder data, and a bag has one even if it is empty.");
        }
        Files.walkFileTree(bag, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                visit(tags, file, attributes);
                return FileVisitResult.CONTINUE;
            }
        });
    }

    private void visit(BagTags tags, Path file, BasicFileAttributes attributes) throws IOException {
        var path = path(file);
        var payload = path.startsWith("data/");
        payloadFiles += payload ? 1 : 0;
        tagFiles += payload ? 0 : 1;
        var entry = tags.entries().get(path);
        if (entry != null) {
            entry.see();
        } else if (payload) {
            findings.add(Kind.EXTRA, path, BagPath.shown(path) + " is in the payload, but no manifest lists it.");
        }
        var readable = readable(path, file, attributes);
        if (readable.isEmpty()) {
            return;
        }
        long size = entry == null ? Files.size(readable.get()) : compare(tags, path, entry, readable.get());
        payloadBytes += payload ? size : 0;
    }

    /// The file itself, or what a link to another file of the bag leads to. Opening anything else could
    /// block, or read what the depositor has no right to.
    private Optional<Path> readable(String path, Path file, BasicFileAttributes attributes) throws IOException {
        if (attributes.isRegularFile()) {
            return Optional.of(file);
        }
        var target = attributes.isSymbolicLink() ? target(file) : Optional.<Path>empty();
        if (target.isEmpty()) {
            findings.add(
                    Kind.UNSAFE_PATH,
                    path,
                    BagPath.shown(path) + " is neither an ordinary file nor a link to one in this bag. It was not read."
                            + " Put the file itself there.");
        }
        return target;
    }

    private Optional<Path> target(Path link) throws IOException {
        try {
            var target = link.toRealPath();
            return target.startsWith(bag) && Files.isRegularFile(target, LinkOption.NOFOLLOW_LINKS)
                    ? Optional.of(target)
                    : Optional.empty();
        } catch (FileSystemException leadsNowhere) {
            return Optional.empty();
        }
    }

    /// Reads a listed file once for all the digests that are known of it.
    ///
    /// @return its size in bytes
    private long compare(BagTags tags, String path, BagTags.Entry entry, Path file) throws IOException {
        var manifests = path.startsWith("data/") ? tags.payloadManifests() : tags.tagManifests();
        var digests = new EnumMap<BagDigest, MessageDigest>(BagDigest.class);
        for (var manifest : manifests.entrySet()) {
            if (entry.digest(manifest.getKey()).isPresent()) {
                digests.put(manifest.getKey(), manifest.getKey().begin());
            } else if (path.startsWith("data/") && tags.everyManifestListsAll()) {
                findings.add(
                        Kind.EXTRA,
                        path,
                        BagPath.shown(path) + " is in the payload, but " + manifest.getValue()
                                + " does not list it; since BagIt 1.0 every payload manifest lists every file.");
            }
        }
        long size = 0;
        try (var in = Files.newInputStream(file, LinkOption.NOFOLLOW_LINKS)) {
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                for (var digest : digests.values()) {
                    digest.update(buffer, 0, n);
                }
                size += n;
            }
        }
        digests.forEach((algorithm, digest) ->
                compare(path, algorithm, entry.digest(algorithm).orElseThrow(), digest.digest(), manifests));
        return size;
    }

    private void compare(
            String path, BagDigest algorithm, byte[] expected, byte[] found, Map<BagDigest, String> manifests) {
        if (!Arrays.equals(expected, found)) {
            findings.add(
                    Kind.DIGEST_DIFFERS,
                    path,
                    BagPath.shown(path) + " has the " + algorithm.label() + " "
                            + HexFormat.of().formatHex(found) + ", but " + manifests.get(algorithm) + " says "
                            + HexFormat.of().formatHex(expected) + ". Take the file from another copy.");
        }
    }

    private void reportUnseen(BagTags tags) {
        tags.entries().forEach((path, entry) -> {
            if (entry.seen()) {
                return;
            }
            if (entry.fetchable()) {
                findings.add(
                        Kind.FETCH_INCOMPLETE,
                        path,
                        BagPath.shown(path) + " was not fetched yet. Get it from the address in fetch.txt.");
            } else {
                findings.add(
                        Kind.MISSING, path, BagPath.shown(path) + " is listed in a manifest, but is not in the bag.");
            }
        });
    }

    /// While files are still to be fetched, the sum can't be right.
    private void compareOxum(BagTags tags) {
        var found = payloadBytes + "." + payloadFiles;
        if (tags.oxum().isPresent() && !tags.oxum().get().equals(found) && !findings.has(Kind.FETCH_INCOMPLETE)) {
            findings.add(
                    Kind.OXUM_DIFFERS,
                    "bag-info.txt",
                    "bag-info.txt says that the payload is " + tags.oxum().get() + " (bytes, dot, files), but " + found
                            + " was found.");
        }
    }

    private String path(Path file) {
        return bag.relativize(file).toString().replace(file.getFileSystem().getSeparator(), "/");
    }
}
