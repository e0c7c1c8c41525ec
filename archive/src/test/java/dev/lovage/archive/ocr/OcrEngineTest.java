package dev.lovage.archive.ocr;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.lovage.archive.xml.Schemas;
import java.awt.Color;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalDouble;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.bytedeco.tesseract.TessBaseAPI;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.xml.sax.SAXException;

class OcrEngineTest {
    private static OcrEngine engine;

    @TempDir
    private Path folder;

    @BeforeAll
    static void open() throws IOException {
        engine = OcrEngine.open("eng");
    }

    @AfterAll
    static void close() {
        engine.close();
    }

    @ParameterizedTest
    @CsvSource({
        "phototest.tif, phototest.gold.txt, 1",
        "eurotext.tif, eurotext.txt, 6",
        "8087_054.3B.tif, 8087_054.3B.txt, 14"
    })
    void reads_known_pages_about_as_well_as_the_tesseract_program(String image, String truth, double percentMax)
            throws Exception {
        var page = engine.read(fixture(image), Optional.empty());

        double percent = CharacterErrors.percent(Files.readString(fixture(truth)), page.text());
        System.out.printf("%s: %.2f %% of characters wrong, %d words%n", image, percent, page.words());
        assertThat(percent).isLessThanOrEqualTo(percentMax);
        assertThat(page.confidence().orElseThrow()).isBetween(80.0, 100.0);
        assertThat(page.shareUnder60()).isBetween(0.0, 0.2);
        assertWhole(page, image);
    }

    @Test
    void tells_what_made_the_text() throws Exception {
        var page = engine.read(fixture("phototest.tif"), Optional.empty());

        assertThat(page.language()).isEqualTo("eng");
        assertThat(page.engineVersion()).isEqualTo("tesseract 5.5.2");
        assertThat(page.trainedDataSha256())
                .isEqualTo("5dc5d8d640a212c9d6184921ba103b186f50e0fed9ee716c53e6b312b400d747");
        assertThat(page.width()).isEqualTo(640);
        assertThat(page.height()).isEqualTo(480);
        assertThat(page.words()).isEqualTo(60);
        var alto = xml(page.alto());
        assertThat(text(alto, "softwareName") + " " + text(alto, "softwareVersion"))
                .isEqualTo(page.engineVersion());
        assertThat(text(alto, "processingStepSettings"))
                .isEqualTo("language eng; trained data SHA-256 " + page.trainedDataSha256()
                        + "; LSTM engine; automatic page segmentation; 200 dpi");
        assertThat(Double.parseDouble(element(alto, "Page").getAttribute("PC")) * 100)
                .isCloseTo(page.confidence().orElseThrow(), org.assertj.core.api.Assertions.within(0.01));
    }

    @Test
    void the_documents_name_the_page_as_the_caller_does_and_hold_no_path() throws Exception {
        var file = Files.copy(fixture("phototest.tif"), folder.resolve("stored"));
        var name = "Map <1> & \"2\" 'Ä'\u0001.tif";
        var page = engine.read(new PageImage(file, name, 0, Optional.of(200)));

        assertWhole(page, name.replace('\u0001', '\uFFFD'));
        assertThat(new String(page.alto(), UTF_8)).doesNotContain(folder.toString());
        assertThat(new String(page.hocr(), UTF_8)).doesNotContain(folder.toString());
    }

    @Test
    void a_page_is_read_the_same_whatever_was_read_before() throws Exception {
        var first = engine.read(fixture("eurotext.tif"), Optional.empty());
        engine.read(fixture("phototest.tif"), Optional.empty());
        var again = engine.read(fixture("eurotext.tif"), Optional.empty());

        assertThat(again.alto()).isEqualTo(first.alto());
        assertThat(again.hocr()).isEqualTo(first.hocr());
        assertThat(again.text()).isEqualTo(first.text());
    }

    @Test
    void a_blank_page_has_no_words_and_still_both_documents() throws Exception {
        for (int side : new int[] {1, 3, 40, 1000}) {
            var image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
            var paper = image.createGraphics();
            paper.setColor(Color.WHITE);
            paper.fillRect(0, 0, side, side);
            paper.dispose();
            var file = folder.resolve("blank" + side + ".png");
            ImageIO.write(image, "png", file.toFile());

            var page = engine.read(file, Optional.empty());

            assertThat(page.words()).isZero();
            assertThat(page.text()).isEmpty();
            assertThat(page.confidence()).isEqualTo(OptionalDouble.empty());
            assertThat(page.shareUnder60()).isZero();
            assertWhole(page, "blank" + side + ".png");
            assertThat(element(xml(page.alto()), "Page").hasAttribute("PC")).isFalse();
        }
    }

    @Test
    void what_is_no_page_is_refused_for_good_and_what_is_missing_is_an_io_error() throws Exception {
        var garbage = Files.write(folder.resolve("garbage.tif"), new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9});
        assertThatThrownBy(() -> engine.read(garbage, Optional.empty()))
                .isInstanceOf(PageUnreadable.class)
                .hasMessage("The page garbage.tif can't be read: it is no TIFF, JPEG, PNG or JPEG 2000 image."
                        + " No text was written, and the file is as it was.");
        assertThatThrownBy(() -> engine.read(folder.resolve("absent.tif"), Optional.empty()))
                .isInstanceOf(NoSuchFileException.class);
        assertThatThrownBy(() -> new PageImage(garbage, "../x", 0, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> PageImage.of(garbage, Optional.of(10)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("70 to 2400 dpi");
    }

    @Test
    void an_unknown_language_is_answered_with_those_that_are_there() throws Exception {
        assertThatThrownBy(() -> OcrEngine.open("tlh"))
                .isInstanceOf(LanguageUnavailable.class)
                .hasMessageStartingWith(
                        "There is no trained data for the language 'tlh'. Languages that are there: eng.")
                .hasMessageContaining("deu.traineddata");
        assertThatThrownBy(() -> OcrEngine.open("../eng")).isInstanceOf(LanguageUnavailable.class);

        Files.write(folder.resolve("deu.traineddata"), new byte[1000]);
        assertThatThrownBy(() -> OcrEngine.open("tlh", Optional.of(folder)))
                .isInstanceOfSatisfying(
                        LanguageUnavailable.class,
                        e -> assertThat(e.available()).containsExactly("deu", "eng"));
        assertThatThrownBy(() -> OcrEngine.open("deu", Optional.of(folder)))
                .isInstanceOf(LanguageUnavailable.class)
                .hasMessageContaining("damaged");
    }

    @Test
    void a_language_is_added_by_a_file_in_a_folder() throws Exception {
        try (var packed = Objects.requireNonNull(OcrEngine.class.getResourceAsStream("eng.traineddata.gz"));
                var in = new java.util.zip.GZIPInputStream(packed)) {
            Files.copy(in, folder.resolve("own.traineddata"));
        }
        try (var own = OcrEngine.open("own", Optional.of(folder))) {
            var page = own.read(fixture("phototest.tif"), Optional.empty());
            assertThat(page.language()).isEqualTo("own");
            assertThat(page.words()).isEqualTo(60);
            assertWhole(page, "phototest.tif");
        }
    }

    @Test
    void a_closed_engine_says_so_and_closes_twice() throws Exception {
        var closed = OcrEngine.open("eng");
        closed.close();
        closed.close();
        assertThatThrownBy(() -> closed.read(fixture("phototest.tif"), Optional.empty()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void the_native_library_starts_no_threads_of_its_own() throws IOException {
        // OpenMP's calls would stand in its table of symbols, and OMP_THREAD_LIMIT would then be needed.
        var library = "/org/bytedeco/tesseract/linux-x86_64/libtesseract.so.5.5";
        try (var in = Objects.requireNonNull(TessBaseAPI.class.getResourceAsStream(library), library)) {
            assertThat(new String(in.readAllBytes(), ISO_8859_1))
                    .doesNotContain("GOMP_parallel", "libgomp", "pthread_create");
        }
    }

    private static void assertWhole(OcrPage page, String name) throws Exception {
        assertThat(Schemas.ALTO_4.violations(new ByteArrayInputStream(page.alto())))
                .isEmpty();
        var alto = xml(page.alto());
        assertThat(text(alto, "fileName")).isEqualTo(name);
        assertThat(alto.getElementsByTagNameNS("*", "String").getLength()).isGreaterThanOrEqualTo(page.words());
        assertThat(element(alto, "Page").getAttribute("WIDTH")).isEqualTo(String.valueOf(page.width()));
        var hocr = xml(page.hocr());
        assertThat(hocr.getDocumentElement().getNamespaceURI()).isEqualTo("http://www.w3.org/1999/xhtml");
        assertThat(text(hocr, "title")).isEqualTo(name);
        var divs = hocr.getElementsByTagNameNS("*", "div");
        assertThat(((Element) divs.item(0)).getAttribute("title")).startsWith("image \"" + name + "\"; bbox 0 0 ");
    }

    private static Document xml(byte[] bytes) throws Exception {
        try {
            return DocumentBuilderFactory.newDefaultNSInstance()
                    .newDocumentBuilder()
                    .parse(new ByteArrayInputStream(bytes));
        } catch (SAXException e) {
            throw new AssertionError(new String(bytes, UTF_8), e);
        }
    }

    private static Element element(Document document, String name) {
        return (Element) Objects.requireNonNull(
                document.getElementsByTagNameNS("*", name).item(0), name);
    }

    private static String text(Document document, String name) {
        return element(document, name).getTextContent();
    }

    static Path fixture(String name) throws Exception {
        return Path.of(Objects.requireNonNull(OcrEngineTest.class.getResource(name), name)
                .toURI());
    }
}
