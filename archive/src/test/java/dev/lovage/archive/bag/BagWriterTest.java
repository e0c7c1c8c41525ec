package dev.lovage.archive.bag;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.lovage.testkit.ChildJvm;
import dev.lovage.testkit.Eventually;
import dev.lovage.testkit.Seeds;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BagWriterTest {
    static final BagInfo INFO = new BagInfo(
            "item-0001",
            "BATCH-0001",
            LocalDate.of(2026, 11, 20),
            "lovage 0.1",
            List.of(
                    new BagInfo.Label("Source-Organization", "The Archive"),
                    new BagInfo.Label("Contact-Name", "Ä. Ö.")));

    @TempDir
    Path ground;

    @Test
    void a_written_bag_verifies_and_says_what_is_in_it() throws IOException {
        var written = BagWriter.write(
                ground.resolve("bag"),
                List.of(file("data/b.txt", "bb"), file("data/a/0001.tif", "a")),
                List.of(file("metadata/mets.xml", "<mets/>")),
                INFO);

        var report = BagVerifier.verify(written.folder());
        assertThat(report.problems()).isEmpty();
        assertThat(report.valid()).isTrue();
        assertThat(report.complete()).isTrue();
        assertThat(report.version()).isEqualTo("1.0");
        assertThat(report.payloadFiles()).isEqualTo(written.payloadFiles()).isEqualTo(2);
        assertThat(report.payloadBytes()).isEqualTo(written.payloadBytes()).isEqualTo(3);
        assertThat(report.tagFiles()).isEqualTo(5);
        assertThat(ground.resolve("bag/bag-info.txt")).hasContent("""
                Payload-Oxum: 3.2
                Bagging-Date: 2026-11-20
                External-Identifier: item-0001
                Bag-Group-Identifier: BATCH-0001
                Bag-Software-Agent: lovage 0.1
                Source-Organization: The Archive
                Contact-Name: Ä. Ö.
                """);
        assertThat(Files.readString(ground.resolve("bag/manifest-sha256.txt")))
                .isEqualTo("ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb  data/a/0001.tif\n"
                        + "3b64db95cb55c763391c707108489ae18b4112d783300de38e033b4c98c3deaf  data/b.txt\n");
        assertThat(BagFile.of("x", Files.readAllBytes(ground.resolve("bag/tagmanifest-sha256.txt")))
                        .sha256())
                .isEqualTo(written.tagManifestSha256());
    }

    @Test
    void equal_content_in_any_order_gives_equal_bags() throws IOException {
        var payload = new ArrayList<BagFile>();
        for (int i = 0; i < 40; i++) {
            payload.add(file("data/" + i % 3 + "/" + i + ".txt", "page " + i));
        }
        var first = BagWriter.write(ground.resolve("first"), payload, List.of(), INFO);
        Collections.shuffle(payload, Seeds.random("equal bags"));
        var second = BagWriter.write(ground.resolve("second"), payload, List.of(), INFO);
        assertThat(contents(second.folder())).isEqualTo(contents(first.folder()));
        assertThat(second.tagManifestSha256()).isEqualTo(first.tagManifestSha256());
    }

    @Test
    void sha256sum_accepts_the_manifests() throws IOException, InterruptedException {
        assumeFileNamesAreUtf8();
        BagWriter.write(
                ground.resolve("bag"),
                List.of(file("data/with space.txt", "1"), file("data/Grüße/東京.txt", "2"), file("data/😀.txt", "")),
                List.of(file("metadata/a b.xml", "<a/>")),
                INFO);
        for (var manifest : List.of("manifest-sha256.txt", "tagmanifest-sha256.txt")) {
            var process = new ProcessBuilder("sha256sum", "--check", "--strict", manifest)
                    .directory(ground.resolve("bag").toFile())
                    .redirectErrorStream(true)
                    .start();
            var said = new String(process.getInputStream().readAllBytes(), UTF_8);
            assertThat(process.waitFor()).as(said).isZero();
        }
    }

    @Test
    void names_with_percent_signs_and_line_breaks_survive_the_manifest() throws IOException {
        assumeFileNamesAreUtf8();
        var names = List.of(
                "data/100%.txt",
                "data/%0A.txt",
                "data/a\nb.txt",
                "data/a\rb.txt",
                "data/tab\t.txt",
                "data/ü%25.txt",
                "data/ leading.txt",
                "data/*star",
                "data/trailing ");
        BagWriter.write(
                ground.resolve("bag"),
                names.stream().map(name -> file(name, name)).toList(),
                List.of(),
                INFO);
        assertThat(BagVerifier.verify(ground.resolve("bag")).problems()).isEmpty();
        assertThat(Files.readString(ground.resolve("bag/manifest-sha256.txt")))
                .contains("  data/100%25.txt\n", "  data/%250A.txt\n", "  data/a%0Ab.txt\n", "  data/a%0Db.txt\n");
    }

    @Test
    void a_source_with_another_digest_is_refused_and_leaves_no_bag() throws IOException {
        var source = Files.writeString(ground.resolve("scan.tif"), "altered");
        var expected = file("data/0001.tif", "as scanned").sha256();
        assertThatThrownBy(() -> BagWriter.write(
                        ground.resolve("bag"), List.of(BagFile.of("data/0001.tif", source, expected)), List.of(), INFO))
                .isInstanceOfSatisfying(
                        BagFileDiffers.class,
                        differs -> assertThat(differs)
                                .hasMessageContaining("data/0001.tif")
                                .hasMessageContaining(expected)
                                .hasMessageContaining(file("data/x", "altered").sha256()));
        assertThat(BagVerifier.verify(ground.resolve("bag")).valid()).isFalse();
    }

    @Test
    void a_source_that_fails_half_way_leaves_no_bag() throws IOException {
        var broken = new BagFile(
                "data/b.txt",
                () -> new ByteArrayInputStream(new byte[10]) {
                    @Override
                    public int read(byte[] target, int from, int length) {
                        throw new java.io.UncheckedIOException(new IOException("the disk is gone"));
                    }
                },
                "0".repeat(64));
        assertThatThrownBy(() -> BagWriter.write(
                        ground.resolve("bag"), List.of(file("data/a.txt", "a"), broken), List.of(), INFO))
                .hasMessageContaining("the disk is gone");
        assertThat(BagVerifier.verify(ground.resolve("bag")).valid()).isFalse();
    }

    @Test
    void a_process_killed_while_it_bags_leaves_nothing_that_verifies() throws IOException {
        var random = Seeds.random("killed while bagging");
        for (int round = 0; round < 4; round++) {
            var bag = ground.resolve("bag-" + round);
            var seen = bag.resolve("data/" + random.nextInt(Bagging.FILES / 2) + ".txt");
            try (var child = ChildJvm.start(Bagging.class, List.of(bag.toString()))) {
                Eventually.until(seen + " is there", () -> Files.exists(seen), () -> "alive: " + child.alive());
                child.kill();
            }
            if (!Files.exists(bag.resolve("bagit.txt"))) {
                assertThat(BagVerifier.verify(bag).complete()).isFalse();
            } else {
                // It came further than it was killed at: then all of it is there, or its last file is not.
                var report = BagVerifier.verify(bag);
                assertThat(report.valid() || report.kinds().contains(BagProblem.Kind.BAD_BAGIT_TXT))
                        .isTrue();
            }
        }
    }

    @Test
    void every_state_on_the_way_to_a_bag_is_told_from_a_bag() throws IOException {
        // What a crash leaves is the files in the order of their writing, the last of them cut anywhere.
        var whole = BagWriter.write(
                ground.resolve("whole"),
                List.of(file("data/a.txt", "aaa"), file("data/b.txt", "bbb")),
                List.of(file("metadata/mets.xml", "<mets/>")),
                INFO);
        var order = List.of(
                "data/a.txt",
                "data/b.txt",
                "metadata/mets.xml",
                "bag-info.txt",
                "manifest-sha256.txt",
                "tagmanifest-sha256.txt",
                "bagit.txt");
        assertThat(contents(whole.folder()).keySet()).containsExactlyInAnyOrderElementsOf(order);
        for (int last = 0; last < order.size(); last++) {
            var bytes = Files.readAllBytes(whole.folder().resolve(order.get(last)));
            // A declaration that lacks its line end only is whole.
            int lengths = order.get(last).equals("bagit.txt") ? bytes.length - 1 : bytes.length;
            for (int length = 0; length < lengths; length += 3) {
                var cut = Files.createDirectory(ground.resolve("cut-" + last + "-" + length));
                for (var earlier : order.subList(0, last)) {
                    Files.createDirectories(cut.resolve(earlier).resolve("..").normalize());
                    Files.copy(whole.folder().resolve(earlier), cut.resolve(earlier));
                }
                Files.createDirectories(
                        cut.resolve(order.get(last)).resolve("..").normalize());
                Files.write(cut.resolve(order.get(last)), Arrays.copyOf(bytes, length));
                assertThat(BagVerifier.verify(cut).valid())
                        .as("%s cut after %d bytes", order.get(last), length)
                        .isFalse();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/etc/passwd",
                "C:/x",
                "data/../x",
                "data/./x",
                "data//x",
                "data/",
                "",
                "~/x",
                "data/~x",
                "data\\x"
            })
    void paths_that_are_not_safe_everywhere_are_refused(String path) {
        assertThatThrownBy(() -> file(path, "x"))
                .isInstanceOf(BagRefused.class)
                .hasMessageContaining("'" + path + "' can't be in a bag")
                .hasMessageContaining("Nothing was written");
    }

    @Test
    void half_a_character_is_refused() {
        assertThatThrownBy(() -> file("data/\ud83d.txt", "x")).isInstanceOf(BagRefused.class);
    }

    @Test
    void paths_that_are_one_file_somewhere_are_refused() {
        refused("one file", file("data/Scan.TIF", "1"), file("data/scan.tif", "2"));
        refused("one file", file("data/\u00fc.tif", "1"), file("data/u\u0308.tif", "2"));
        refused("one file", file("data/STRASSE", "1"), file("data/straße", "2"));
        refused("one file", file("data/a", "1"), file("data/a", "1"));
        refused("a file and a folder", file("data/a", "1"), file("data/A/b", "1"));
    }

    @Test
    void payload_and_tag_files_stay_where_they_belong() {
        refused("not under data/", file("metadata/mets.xml", "<mets/>"));
        for (var path : List.of(
                "data/x",
                "Data/x",
                "bagit.txt",
                "manifest-md5.txt",
                "tagmanifest-sha256.txt",
                "fetch.txt",
                "BAG-INFO.txt")) {
            assertThatThrownBy(() -> BagWriter.write(ground.resolve("bag"), List.of(), List.of(file(path, "x")), INFO))
                    .as(path)
                    .isInstanceOf(BagRefused.class);
        }
        assertThat(ground.resolve("bag")).doesNotExist();
    }

    @Test
    void an_existing_folder_is_left_alone() throws IOException {
        var taken = Files.createDirectory(ground.resolve("bag"));
        assertThatThrownBy(() -> BagWriter.write(taken, List.of(file("data/a", "1")), List.of(), INFO))
                .isInstanceOf(BagRefused.class)
                .hasMessageContaining("is there already");
        assertThat(taken).isEmptyDirectory();
    }

    @Test
    void a_label_that_would_forge_another_line_is_refused() {
        assertThatThrownBy(() -> new BagInfo.Label("Contact-Name", "A\nPayload-Oxum: 0.0"))
                .isInstanceOf(BagRefused.class);
        assertThatThrownBy(() -> new BagInfo.Label("Contact: Name", "A")).isInstanceOf(BagRefused.class);
        assertThatThrownBy(() -> new BagInfo(
                        "a", "b", LocalDate.of(2026, 1, 1), "c", List.of(new BagInfo.Label("payload-oxum", "1.1"))))
                .isInstanceOf(BagRefused.class);
        var forged = new BagInfo("a\nPayload-Oxum: 0.0", "b", LocalDate.of(2026, 1, 1), "c", List.of());
        assertThatThrownBy(() -> BagWriter.write(ground.resolve("bag"), List.of(), List.of(), forged))
                .isInstanceOf(BagRefused.class);
        assertThat(ground.resolve("bag")).doesNotExist();
    }

    @Test
    void an_empty_payload_makes_a_bag() throws IOException {
        BagWriter.write(ground.resolve("bag"), List.of(), List.of(), INFO);
        assertThat(BagVerifier.verify(ground.resolve("bag")).problems()).isEmpty();
    }

    private void refused(String why, BagFile... payload) {
        assertThatThrownBy(() -> BagWriter.write(ground.resolve("bag"), List.of(payload), List.of(), INFO))
                .isInstanceOf(BagRefused.class)
                .hasMessageContaining(why);
        assertThat(ground.resolve("bag")).doesNotExist();
    }

    static BagFile file(String path, String content) {
        return BagFile.of(path, content.getBytes(UTF_8));
    }

    static void assumeFileNamesAreUtf8() {
        assumeTrue(
                "UTF-8".equals(System.getProperty("sun.jnu.encoding")),
                "File names of this process are not UTF-8; start it with LC_ALL=C.UTF-8.");
    }

    private static Map<String, String> contents(Path folder) throws IOException {
        var contents = new TreeMap<String, String>();
        try (var files = Files.walk(folder)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                contents.put(folder.relativize(file).toString(), Files.readString(file));
            }
        }
        return contents;
    }

    /// Writes a bag of many files, to be killed on the way.
    static final class Bagging {
        static final int FILES = 2000;

        public static void main(String[] arguments) throws IOException {
            var payload = new ArrayList<BagFile>();
            for (int i = 0; i < FILES; i++) {
                payload.add(file("data/" + i + ".txt", "page " + i));
            }
            BagWriter.write(Path.of(arguments[0]), payload, List.of(), INFO);
        }
    }
}
