package dev.lovage.archive.bag;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.lovage.archive.bag.BagProblem.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the tag files of a bag announce: version, encoding, and every file with its digests.
final class BagTags {
    private static final int DECLARATION_BYTES_MAX = 4096;
    private static final Pattern VERSION = Pattern.compile("BagIt-Version: (\\d+\\.\\d+)");
    private static final Pattern ENCODING = Pattern.compile("Tag-File-Character-Encoding: (\\S+)");
    private static final Pattern MANIFEST = Pattern.compile("(tag)?manifest-([^/]+)\\.txt", Pattern.CASE_INSENSITIVE);
    // Some checksum programs put an asterisk before the name of a file that they read as binary.
    private static final Pattern DIGEST_LINE = Pattern.compile("([0-9a-fA-F]+)[ \\t]+\\*?(?:\\./)?(.+)");
    private static final Pattern FETCH_LINE = Pattern.compile("(\\S+)[ \\t]+(\\d+|-)[ \\t]+(?:\\./)?(.+)");
    private static final Pattern OXUM = Pattern.compile("(\\d{1,18})\\.(\\d{1,18})");

    private final Path bag;
    private final BagLimits limits;
    private final BagFindings findings;
    private final Map<String, Entry> entries = new LinkedHashMap<>();
    private final Map<BagDigest, String> payloadManifests = new EnumMap<>(BagDigest.class);
    private final Map<BagDigest, String> tagManifests = new EnumMap<>(BagDigest.class);
    private String version = "";
    private Charset charset = UTF_8;
    private Optional<String> oxum = Optional.empty();
    private long pathCharacters;

    /// A file that is listed somewhere.
    static final class Entry {
        private final Map<BagDigest, byte[]> digests = new EnumMap<>(BagDigest.class);
        private boolean fetchable;
        private boolean seen;

        Optional<byte[]> digest(BagDigest algorithm) {
            return Optional.ofNullable(digests.get(algorithm));
        }

        boolean fetchable() {
            return fetchable;
        }

        boolean seen() {
            return seen;
        }

        void see() {
            seen = true;
        }
    }

    private BagTags(Path bag, BagLimits limits, BagFindings findings) {
        this.bag = bag;
        this.limits = limits;
        this.findings = findings;
    }

    /// @throws BagTooLarge if they list more than `limits` allow
    static BagTags read(Path bag, BagLimits limits, BagFindings findings) throws IOException {
        var tags = new BagTags(bag, limits, findings);
        tags.readDeclaration();
        tags.findManifests();
        for (var manifest : tags.payloadManifests.entrySet()) {
            tags.readManifest(manifest.getValue(), manifest.getKey(), true);
        }
        for (var manifest : tags.tagManifests.entrySet()) {
            tags.readManifest(manifest.getValue(), manifest.getKey(), false);
        }
        tags.readFetch();
        tags.readInfo();
        return tags;
    }

    String version() {
        return version;
    }

    /// By path in the bag.
    Map<String, Entry> entries() {
        return entries;
    }

    /// File names, by digest.
    Map<BagDigest, String> payloadManifests() {
        return payloadManifests;
    }

    Map<BagDigest, String> tagManifests() {
        return tagManifests;
    }

    /// As it stands in `bag-info.txt`.
    Optional<String> oxum() {
        return oxum;
    }

    /// Before 1.0 it was enough that one of several manifests lists a payload file.
    boolean everyManifestListsAll() {
        return !version.startsWith("0.");
    }

    private void readDeclaration() throws IOException {
        if (!ordinary("bagit.txt")) {
            badDeclaration("There is no file bagit.txt, without which a folder is no bag. The rest was looked at as if"
                    + " it were BagIt 1.0.");
            return;
        }
        byte[] bytes;
        try (var in = Files.newInputStream(bag.resolve("bagit.txt"), LinkOption.NOFOLLOW_LINKS)) {
            bytes = in.readNBytes(DECLARATION_BYTES_MAX);
        }
        String text;
        try {
            text = UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes))
                    .toString();
        } catch (CharacterCodingException e) {
            findings.add(Kind.BAD_ENCODING, "bagit.txt", "bagit.txt is not UTF-8, which it must be.");
            return;
        }
        var lines = text.split("\r\n|\r|\n");
        var versionLine = VERSION.matcher(lines[0]);
        var encodingLine = ENCODING.matcher(lines.length > 1 ? lines[1] : "");
        if (lines.length != 2 || !versionLine.matches() || !encodingLine.matches()) {
            badDeclaration("bagit.txt must be the two lines 'BagIt-Version: 1.0' and"
                    + " 'Tag-File-Character-Encoding: UTF-8', without a byte order mark; it begins with '"
                    + lines[0].substring(0, Math.min(80, lines[0].length())) + "'.");
            return;
        }
        version = versionLine.group(1);
        if (!version.equals("1.0") && !version.equals("0.97")) {
            badDeclaration("bagit.txt says version " + version + "; this program knows 0.97 and 1.0.");
        }
        readCharset(encodingLine.group(1));
    }

    private void readCharset(String name) {
        try {
            charset = Charset.forName(name);
        } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
            badDeclaration("bagit.txt says that the tag files are in '" + name
                    + "', an encoding that this program does not know. They were read as UTF-8.");
        }
    }

    private void badDeclaration(String message) {
        findings.add(Kind.BAD_BAGIT_TXT, "bagit.txt", message);
    }

    private void findManifests() throws IOException {
        try (var files = Files.newDirectoryStream(bag)) {
            for (var file : files) {
                var name = String.valueOf(file.getFileName());
                var manifest = MANIFEST.matcher(name);
                if (manifest.matches()) {
                    keepManifest(name, manifest);
                }
            }
        }
        if (payloadManifests.isEmpty()) {
            findings.add(
                    Kind.MISSING,
                    "manifest-sha256.txt",
                    "There is no payload manifest, such as manifest-sha256.txt, and a bag has at least one.");
        }
    }

    private void keepManifest(String name, Matcher manifest) {
        var digest = BagDigest.named(manifest.group(2));
        if (digest.isEmpty()) {
            findings.add(
                    Kind.BAD_LINE,
                    name,
                    name + " is named after the digest '" + manifest.group(2)
                            + "', which this program does not know; it knows md5, sha1, sha224, sha256, sha384 and"
                            + " sha512.");
            return;
        }
        if (!ordinary(name)) {
            findings.add(Kind.UNSAFE_PATH, name, name + " is no ordinary file. It was not read.");
            return;
        }
        var other = (manifest.group(1) == null ? payloadManifests : tagManifests).putIfAbsent(digest.get(), name);
        if (other != null) {
            findings.add(
                    Kind.DUPLICATE_ENTRY,
                    name,
                    name + " and " + other + " are manifests of the same kind; one is read.");
        }
    }

    private void readManifest(String name, BagDigest algorithm, boolean payload) throws IOException {
        forEachLine(name, (line, number) -> {
            var parts = DIGEST_LINE.matcher(line);
            if (!parts.matches() || parts.group(1).length() != 2 * algorithm.lengthBytes()) {
                badLine(name, number, "is not a digest of " + algorithm.label() + ", a space and a path");
                return;
            }
            var path = BagPath.decoded(parts.group(2), everyManifestListsAll());
            if (refused(name, number, path)) {
                return;
            }
            if (path.startsWith("data/") != payload) {
                badLine(name, number, "lists '" + path + "', which does not belong into this manifest");
                return;
            }
            var entry = entry(name, path);
            if (entry.digest(algorithm).isPresent()) {
                findings.add(
                        Kind.DUPLICATE_ENTRY,
                        path,
                        name + " lists " + BagPath.shown(path) + " twice, the second time in line " + number
                                + ". The first entry was taken.");
                return;
            }
            entry.digests.put(algorithm, HexFormat.of().parseHex(parts.group(1)));
        });
    }

    private void readFetch() throws IOException {
        if (!ordinary("fetch.txt")) {
            return;
        }
        forEachLine("fetch.txt", (line, number) -> {
            var parts = FETCH_LINE.matcher(line);
            if (!parts.matches()) {
                badLine("fetch.txt", number, "is not an address, a length or '-', and a path");
                return;
            }
            var path = BagPath.decoded(parts.group(3), everyManifestListsAll());
            if (refused("fetch.txt", number, path)) {
                return;
            }
            var entry = entries.get(path);
            if (entry == null || !path.startsWith("data/")) {
                badLine("fetch.txt", number, "names '" + path + "', which no payload manifest lists");
                return;
            }
            if (entry.fetchable) {
                findings.add(Kind.DUPLICATE_ENTRY, path, "fetch.txt names " + BagPath.shown(path) + " twice.");
            }
            entry.fetchable = true;
        });
    }

    private void readInfo() throws IOException {
        if (!ordinary("bag-info.txt")) {
            return;
        }
        forEachLine("bag-info.txt", (line, number) -> {
            if (line.isBlank() || line.startsWith(" ") || line.startsWith("\t")) {
                return; // goes on with the label before, and Payload-Oxum is never that long
            }
            int colon = line.indexOf(':');
            if (colon < 1) {
                badLine("bag-info.txt", number, "is not a label, a colon and a value");
                return;
            }
            if (line.substring(0, colon).strip().equalsIgnoreCase("Payload-Oxum")) {
                readOxum(line.substring(colon + 1).strip());
            }
        });
    }

    private void readOxum(String value) {
        if (!OXUM.matcher(value).matches()) {
            findings.add(
                    Kind.OXUM_DIFFERS,
                    "bag-info.txt",
                    "Payload-Oxum is '" + value + "', but it is written as bytes, a dot, and number of files.");
        } else if (oxum.isPresent()) {
            findings.add(Kind.DUPLICATE_ENTRY, "bag-info.txt", "Payload-Oxum is given twice; the first was taken.");
        } else {
            oxum = Optional.of(value);
        }
    }

    private interface LineReader {
        void read(String line, long number);
    }

    private void forEachLine(String name, LineReader reader) throws IOException {
        try (var lines = new TagLines(
                name,
                Files.newInputStream(bag.resolve(name), LinkOption.NOFOLLOW_LINKS),
                charset,
                limits.lineCharactersMax())) {
            for (var line = lines.next(); line.isPresent(); line = lines.next()) {
                if (!line.get().isEmpty()) {
                    reader.read(line.get(), lines.number());
                }
            }
        } catch (CharacterCodingException e) {
            findings.add(
                    Kind.BAD_ENCODING,
                    name,
                    name + " is not in " + charset + ", the encoding that bagit.txt names. The rest of it was not"
                            + " read.");
        }
    }

    private boolean refused(String name, long number, String path) {
        var reason = BagPath.unsafe(path);
        reason.ifPresent(why -> findings.add(
                Kind.UNSAFE_PATH,
                path,
                "Line " + number + " of " + name + " names '" + BagPath.shown(path) + "': " + why
                        + ". What lies there was not read."));
        return reason.isPresent();
    }

    private void badLine(String name, long number, String what) {
        findings.add(Kind.BAD_LINE, name, "Line " + number + " of " + name + " " + BagPath.shown(what) + ".");
    }

    private Entry entry(String manifest, String path) {
        var known = entries.get(path);
        if (known != null) {
            return known;
        }
        pathCharacters += path.length();
        if (entries.size() == limits.entriesMax() || pathCharacters > limits.pathCharactersMax()) {
            throw new BagTooLarge(
                    manifest,
                    "The manifests list more than " + limits.entriesMax() + " files, or paths of more than "
                            + limits.pathCharactersMax()
                            + " characters. The verification ended there. Split the bag.");
        }
        var entry = new Entry();
        entries.put(path, entry);
        return entry;
    }

    private boolean ordinary(String name) {
        return Files.isRegularFile(bag.resolve(name), LinkOption.NOFOLLOW_LINKS);
    }
}
