package dev.lovage.archive.bag;

import static java.nio.charset.StandardCharsets.UTF_16;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.lovage.archive.bag.BagProblem.Kind;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BagVerifierTest {
    @TempDir
    Path ground;

    @ParameterizedTest
    @CsvSource({
        "v0.97/valid/basic-bag, 2, 58",
        "v0.97/valid/bag-with-escapable-characters, 6, 46",
        "v1.0/valid/basicBag, 1, 6"
    })
    void the_good_bags_of_the_conformance_suite_are_valid(String bag, int files, long bytes) throws Exception {
        var report = BagVerifier.verify(suite(bag));
        assertThat(report.problems()).isEmpty();
        assertThat(report.valid()).isTrue();
        assertThat(report.payloadFiles()).isEqualTo(files);
        assertThat(report.payloadBytes()).isEqualTo(bytes);
    }

    @Test
    void the_holey_bag_is_valid_when_its_files_were_fetched_and_waits_for_them_before() throws Exception {
        // In this copy the files are there.
        var fetched = suite("v0.97/valid/holey-bag");
        assertThat(BagVerifier.verify(fetched).problems()).isEmpty();

        var holey = ground.resolve("holey");
        copy(fetched, holey);
        Files.delete(holey.resolve("data/test 1.txt"));
        Files.delete(holey.resolve("data/dir2/dir3/test5.txt"));
        var report = BagVerifier.verify(holey);
        assertThat(report.awaitsFetch()).isTrue();
        assertThat(report.complete()).isFalse();
        assertThat(report.valid()).isFalse();
        assertThat(report.problems())
                .extracting(BagProblem::file)
                .containsExactlyInAnyOrder("data/test 1.txt", "data/dir2/dir3/test5.txt");

        Files.writeString(holey.resolve("data/test2.txt"), "altered");
        assertThat(BagVerifier.verify(holey).awaitsFetch()).isFalse();
    }

    @Test
    void the_bad_bags_of_the_conformance_suite_are_not_valid_and_say_why() throws Exception {
        var corrupt = BagVerifier.verify(suite("v0.97/invalid/corrupt-data-file"));
        assertThat(kinds(corrupt)).contains(Kind.DIGEST_DIFFERS);
        assertThat(corrupt.problems().getFirst().file()).startsWith("data/");

        var extra = BagVerifier.verify(suite("v0.97/invalid/extra-file-in-bag"));
        assertThat(kinds(extra)).containsExactlyInAnyOrder(Kind.EXTRA, Kind.OXUM_DIFFERS);

        var undeclared = BagVerifier.verify(suite("v0.97/invalid/missing-bagit.txt"));
        assertThat(kinds(undeclared)).contains(Kind.BAD_BAGIT_TXT);

        var unlisted = BagVerifier.verify(suite("v1.0/invalid/notAllManifestsListAllFiles"));
        assertThat(kinds(unlisted)).containsExactly(Kind.EXTRA);
        assertThat(unlisted.problems().getFirst().file()).isEqualTo("data/missingFromManifest.txt");
    }

    @Test
    void a_flipped_bit_is_found_in_payload_and_tag_files() throws IOException {
        for (var path : List.of("data/a.txt", "metadata/mets.xml", "bag-info.txt", "manifest-sha256.txt")) {
            var bag = bag();
            var bytes = Files.readAllBytes(bag.resolve(path));
            bytes[bytes.length / 2] ^= 1;
            Files.write(bag.resolve(path), bytes);
            var report = BagVerifier.verify(bag);
            assertThat(report.problems())
                    .as(path)
                    .anyMatch(problem -> problem.kind() == Kind.DIGEST_DIFFERS
                            && problem.file().equals(path));
            assertThat(report.valid()).isFalse();
        }
    }

    @Test
    void a_bag_with_a_wrong_digest_only_is_complete_but_not_valid() throws IOException {
        var bag = bag();
        Files.writeString(bag.resolve("data/a.txt"), "AAA");
        var report = BagVerifier.verify(bag);
        assertThat(report.complete()).isTrue();
        assertThat(report.valid()).isFalse();
        assertThat(report.problems().getFirst().message())
                .contains("manifest-sha256.txt", "9834876dcfb05cb167a5c24953eba58c4ac89b1adf57f28f2f9d09af107ee8f0");
    }

    @Test
    void missing_and_extra_files_are_all_named() throws IOException {
        var bag = bag();
        Files.delete(bag.resolve("data/a.txt"));
        Files.delete(bag.resolve("metadata/mets.xml"));
        Files.writeString(bag.resolve("data/new.txt"), "new");
        Files.writeString(bag.resolve("notes.txt"), "tag files need not be listed");
        assertThat(BagVerifier.verify(bag).problems())
                .extracting(problem -> problem.kind() + " " + problem.file())
                .containsExactlyInAnyOrder("MISSING data/a.txt", "MISSING metadata/mets.xml", "EXTRA data/new.txt");
    }

    @Test
    void the_payload_sum_is_compared() throws IOException {
        var bag = bag();
        Files.writeString(bag.resolve("bag-info.txt"), "payload-oxum: 7.2\n");
        seal(bag);
        assertThat(kinds(BagVerifier.verify(bag))).containsExactly(Kind.OXUM_DIFFERS);
        Files.writeString(bag.resolve("bag-info.txt"), "Payload-Oxum: 6 bytes\nno colon here\n");
        seal(bag);
        assertThat(kinds(BagVerifier.verify(bag))).containsExactlyInAnyOrder(Kind.OXUM_DIFFERS, Kind.BAD_LINE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "BagIt-Version: 1.0\n",
                "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\nMore: lines\n",
                "\ufeffBagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n",
                "BagIt-Version : 1.0\nTag-File-Character-Encoding: UTF-8\n",
                "BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n",
                "BagIt-Version: 1.0\nTag-File-Character-Encoding: Klingon-8\n"
            })
    void a_declaration_that_is_not_as_it_must_be_is_told(String declaration) throws IOException {
        var bag = bag();
        Files.writeString(bag.resolve("bagit.txt"), declaration);
        assertThat(kinds(BagVerifier.verify(bag))).contains(Kind.BAD_BAGIT_TXT);
    }

    @Test
    void tag_files_are_read_in_the_encoding_that_is_declared() throws IOException {
        BagWriterTest.assumeFileNamesAreUtf8();
        for (var encoding : List.of("ISO-8859-1", "UTF-16")) {
            var bag = bare("0.97", encoding);
            Files.writeString(bag.resolve("data/ü.txt"), "abc");
            write(bag, "manifest-md5.txt", "900150983cd24fb0d6963f7d28e17f72  data/ü.txt\n", encoding);
            assertThat(BagVerifier.verify(bag).problems()).as(encoding).isEmpty();
        }
    }

    @Test
    void a_tag_file_that_is_not_in_its_encoding_is_told() throws IOException {
        var bag = bare("1.0", "UTF-8");
        Files.write(bag.resolve("manifest-md5.txt"), new byte[] {'a', (byte) 0xff, 'b'});
        Files.write(bag.resolve("bag-info.txt"), "Contact-Name: x".getBytes(UTF_16));
        assertThat(BagVerifier.verify(bag).problems())
                .extracting(problem -> problem.kind() + " " + problem.file())
                .contains("BAD_ENCODING manifest-md5.txt", "BAD_ENCODING bag-info.txt");
    }

    @Test
    void every_digest_of_every_manifest_counts() throws IOException {
        var bag = bare("1.0", "UTF-8");
        Files.writeString(bag.resolve("data/a"), "abc");
        for (var algorithm : BagDigest.values()) {
            var digest =
                    HexFormat.of().withUpperCase().formatHex(algorithm.begin().digest("abc".getBytes(UTF_8)));
            Files.writeString(bag.resolve("manifest-" + algorithm.label() + ".txt"), digest + " *data/a\r\n");
        }
        assertThat(BagVerifier.verify(bag).problems()).isEmpty();
        Files.writeString(bag.resolve("manifest-sha512.txt"), "0".repeat(128) + "\tdata/a\n");
        assertThat(BagVerifier.verify(bag).problems())
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem.message()).contains("manifest-sha512.txt", "ddaf35a193617aba"));
    }

    @Test
    void one_manifest_was_enough_before_1_0_and_all_must_list_a_file_since() throws IOException {
        for (var version : List.of("0.97", "1.0")) {
            var bag = bare(version, "UTF-8");
            Files.writeString(bag.resolve("data/a"), "abc");
            Files.writeString(bag.resolve("data/b"), "abc");
            Files.writeString(bag.resolve("manifest-md5.txt"), "900150983cd24fb0d6963f7d28e17f72 data/a\n");
            Files.writeString(bag.resolve("manifest-sha1.txt"), "a9993e364706816aba3e25717850c26c9cd0d89d data/b\n");
            var report = BagVerifier.verify(bag);
            if (version.equals("0.97")) {
                assertThat(report.problems()).isEmpty();
            } else {
                assertThat(report.problems())
                        .extracting(problem -> problem.kind() + " " + problem.file())
                        .containsExactlyInAnyOrder("EXTRA data/a", "EXTRA data/b");
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"/etc/passwd", "../../etc/passwd", "data/../../x", "~root/x", "data//x", "C:\\x"})
    void paths_that_lead_out_of_the_bag_are_refused(String path) throws IOException {
        var bag = bag();
        Files.writeString(
                bag.resolve("tagmanifest-sha256.txt"), "0".repeat(64) + "  " + path + "\n", StandardOpenOption.APPEND);
        Files.writeString(
                bag.resolve("manifest-sha256.txt"), "0".repeat(64) + "  " + path + "\n", StandardOpenOption.APPEND);
        Files.writeString(bag.resolve("fetch.txt"), "https://example.org/ - " + path + "\n");
        assertThat(BagVerifier.verify(bag).problems().stream()
                        .filter(problem -> problem.kind() == Kind.UNSAFE_PATH)
                        .map(BagProblem::file))
                .containsExactly(path, path, path);
    }

    @Test
    void links_out_of_the_bag_and_pipes_are_refused_and_not_read() throws IOException, InterruptedException {
        var outside = Files.writeString(ground.resolve("secret"), "aaa");
        var bag = bag();
        Files.delete(bag.resolve("data/a.txt"));
        Files.createSymbolicLink(bag.resolve("data/a.txt"), outside);
        Files.delete(bag.resolve("data/b.txt"));
        assertThat(new ProcessBuilder("mkfifo", bag.resolve("data/b.txt").toString())
                        .start()
                        .waitFor())
                .isZero();
        Files.createSymbolicLink(bag.resolve("data/folder"), ground);
        Files.createSymbolicLink(bag.resolve("data/loop"), bag.resolve("data/loop"));
        assertThat(BagVerifier.verify(bag).problems())
                .extracting(problem -> problem.kind() + " " + problem.file())
                .contains(
                        "UNSAFE_PATH data/a.txt",
                        "UNSAFE_PATH data/b.txt",
                        "UNSAFE_PATH data/folder",
                        "UNSAFE_PATH data/loop");
    }

    @Test
    void a_link_within_the_bag_is_followed() throws IOException {
        var bag = bag();
        Files.move(bag.resolve("data/a.txt"), bag.resolve("kept.txt"));
        Files.createSymbolicLink(bag.resolve("data/a.txt"), Path.of("../kept.txt"));
        assertThat(BagVerifier.verify(bag).problems()).isEmpty();
    }

    @Test
    void a_payload_folder_that_is_a_link_is_no_payload_folder() throws IOException {
        var bag = bag();
        Files.move(bag.resolve("data"), ground.resolve("elsewhere"));
        Files.createSymbolicLink(bag.resolve("data"), ground.resolve("elsewhere"));
        assertThat(kinds(BagVerifier.verify(bag))).contains(Kind.UNSAFE_PATH, Kind.MISSING);
    }

    @Test
    void a_file_that_is_listed_twice_is_told() throws IOException {
        var bag = bag();
        var manifest = Files.readString(bag.resolve("manifest-sha256.txt"));
        Files.writeString(bag.resolve("manifest-sha256.txt"), manifest + manifest);
        seal(bag);
        assertThat(BagVerifier.verify(bag).problems())
                .extracting(problem -> problem.kind() + " " + problem.file())
                .containsExactly("DUPLICATE_ENTRY data/a.txt", "DUPLICATE_ENTRY data/b.txt");
    }

    @Test
    void lines_that_make_no_sense_are_told_by_number() throws IOException {
        var bag = bare("1.0", "UTF-8");
        Files.writeString(
                bag.resolve("manifest-md5.txt"),
                "nonsense\n\nabcd data/short\n900150983cd24fb0d6963f7d28e17f72  metadata/mets.xml\n");
        Files.writeString(bag.resolve("fetch.txt"), "https://example.org/a - data/unlisted\nx\n");
        Files.writeString(bag.resolve("manifest-crc32.txt"), "");
        assertThat(BagVerifier.verify(bag).problems())
                .filteredOn(problem -> problem.kind() == Kind.BAD_LINE)
                .extracting(BagProblem::message)
                .anyMatch(message -> message.startsWith("Line 1 of manifest-md5.txt is not"))
                .anyMatch(message -> message.startsWith("Line 3 of manifest-md5.txt is not"))
                .anyMatch(message -> message.startsWith("Line 4 of manifest-md5.txt lists 'metadata/mets.xml'"))
                .anyMatch(message -> message.startsWith("Line 1 of fetch.txt names 'data/unlisted'"))
                .anyMatch(message -> message.startsWith("Line 2 of fetch.txt is not"))
                .anyMatch(message -> message.startsWith("manifest-crc32.txt is named after"))
                .hasSize(6);
    }

    @Test
    void what_is_no_bag_at_all_is_told_as_well() throws IOException {
        assertThat(kinds(BagVerifier.verify(ground.resolve("nowhere")))).containsExactly(Kind.MISSING);
        var empty = Files.createDirectory(ground.resolve("empty"));
        assertThat(kinds(BagVerifier.verify(empty)))
                .containsExactlyInAnyOrder(Kind.BAD_BAGIT_TXT, Kind.MISSING, Kind.MISSING);
    }

    @Test
    void problems_are_reported_up_to_a_limit_and_all_are_counted() throws IOException {
        var bag = bare("1.0", "UTF-8");
        var manifest = new StringBuilder();
        for (int i = 0; i < 1500; i++) {
            manifest.append("900150983cd24fb0d6963f7d28e17f72  data/").append(i).append('\n');
        }
        Files.writeString(bag.resolve("manifest-md5.txt"), manifest);
        var report = BagVerifier.verify(bag);
        assertThat(report.problems()).hasSize(1000);
        assertThat(report.problemCount()).isEqualTo(1500);
    }

    @Test
    void a_bag_that_lists_without_end_is_given_up() throws IOException {
        var bag = bare("1.0", "UTF-8");
        Files.writeString(
                bag.resolve("manifest-md5.txt"),
                "900150983cd24fb0d6963f7d28e17f72  data/1\n900150983cd24fb0d6963f7d28e17f72  data/2\n");
        assertThat(kinds(BagVerifier.verify(bag, new BagLimits(1, 1000, 1000, 10))))
                .containsExactly(Kind.TOO_LARGE);
        assertThat(kinds(BagVerifier.verify(bag, new BagLimits(9, 10, 1000, 10))))
                .containsExactly(Kind.TOO_LARGE);
        assertThat(kinds(BagVerifier.verify(bag, new BagLimits(9, 1000, 20, 10))))
                .containsExactly(Kind.TOO_LARGE);
    }

    private int bags;

    private Path bag() throws IOException {
        var folder = ground.resolve("bag-" + bags++);
        BagWriter.write(
                folder,
                List.of(BagWriterTest.file("data/a.txt", "aaa"), BagWriterTest.file("data/b.txt", "bbb")),
                List.of(BagWriterTest.file("metadata/mets.xml", "<mets/>")),
                BagWriterTest.INFO);
        return folder;
    }

    private Path bare(String version, String encoding) throws IOException {
        var folder = ground.resolve("bag-" + bags++);
        Files.createDirectories(folder.resolve("data"));
        Files.writeString(
                folder.resolve("bagit.txt"),
                "BagIt-Version: " + version + "\nTag-File-Character-Encoding: " + encoding + "\n");
        return folder;
    }

    /// Makes the tag manifest right again, so that a test sees only what it changed.
    private static void seal(Path bag) throws IOException {
        var lines = new ArrayList<String>();
        for (var path : List.of("bag-info.txt", "bagit.txt", "manifest-sha256.txt")) {
            lines.add(BagFile.of(path, Files.readAllBytes(bag.resolve(path))).sha256() + "  " + path);
        }
        Files.write(bag.resolve("tagmanifest-sha256.txt"), lines);
    }

    private static void write(Path bag, String name, String text, String encoding) throws IOException {
        Files.write(bag.resolve(name), text.getBytes(Charset.forName(encoding)));
    }

    private static List<Kind> kinds(BagReport report) {
        return report.problems().stream().map(BagProblem::kind).toList();
    }

    private static Path suite(String bag) throws URISyntaxException {
        return Path.of(Objects.requireNonNull(BagVerifierTest.class.getResource(bag), bag)
                .toURI());
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.toList()) {
                Files.copy(file, to.resolve(from.relativize(file)));
            }
        }
    }
}
