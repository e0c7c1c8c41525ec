package dev.lovage.archive.ocr;

import static org.bytedeco.tesseract.global.tesseract.OEM_LSTM_ONLY;
import static org.bytedeco.tesseract.global.tesseract.PSM_AUTO;
import static org.bytedeco.tesseract.global.tesseract.TessDeleteText;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.tesseract.TessBaseAPI;
import org.jspecify.annotations.Nullable;

/// Reads the text of page images by Tesseract, inside this process. Linux on x86-64 with glibc 2.34 or newer; nothing
/// has to be installed, and English comes with it.
///
/// An engine is opened once, in a quarter of a second, and reads one page after another; each page is read as if it
/// were the first. It may be used from any platform thread, but from one at a time: give each JVM of a process pool one
/// engine. A fault in native code ends the JVM, so this belongs into a process of its own.
///
/// What whoever starts that process should know:
///
/// - `--enable-native-access=ALL-UNNAMED` belongs on its command line.
/// - The native libraries are unpacked once, 14 MB, to `~/.javacpp/cache`, or where the home can't be written, into the
///   folder for temporary files. `-Dorg.bytedeco.javacpp.cachedir=` names another folder. It must belong to the user
/// who
///   runs the process, for what lies there is loaded. Several processes may share it.
/// - One page takes one core: this build of Tesseract has no OpenMP in it, and `OMP_THREAD_LIMIT` changes nothing.
/// - A page takes up to 6 bytes of native memory a pixel and 150 MB beside the heap; the heap holds 16 million pixels
///   in the file's depth, so 256 MB suffice. Larger pages than 140 million pixels are refused.
public final class OcrEngine implements AutoCloseable {
    static {
        // JavaCPP would count the process's whole memory against twice the heap, and refuse pages for it.
        setUnlessGiven("org.bytedeco.javacpp.maxBytes", "0");
        setUnlessGiven("org.bytedeco.javacpp.maxPhysicalBytes", "0");
        setUnlessGiven("org.bytedeco.javacpp.nopointergc", "true");
    }

    private final String language;
    private final String trainedDataSha256;
    private final String version;
    private final AtomicBoolean busy = new AtomicBoolean();
    private @Nullable TessBaseAPI tesseract;

    private OcrEngine(TrainedData data, TessBaseAPI tesseract) {
        this.language = data.language();
        this.trainedDataSha256 = data.sha256();
        this.tesseract = tesseract;
        this.version = "tesseract " + TessBaseAPI.Version().getString();
    }

    /// Opens an engine for a language that comes with this program: `eng`.
    ///
    /// @throws LanguageUnavailable if the language doesn't
    public static OcrEngine open(String language) throws IOException {
        return open(language, Optional.empty());
    }

    /// Opens an engine for one language.
    ///
    /// @param language the name of its trained data: `eng`, `deu`, `frk`
    /// @param tessdata a folder with files such as `deu.traineddata`, which come before what this program ships
    /// @throws LanguageUnavailable if there are no trained data for the language, or damaged ones
    /// @throws IOException if the folder can't be read
    public static OcrEngine open(String language, Optional<Path> tessdata) throws IOException {
        var data = TrainedData.of(language, tessdata);
        TessBaseAPI tesseract;
        try {
            tesseract = new TessBaseAPI();
        } catch (LinkageError e) {
            throw new IllegalStateException(
                    "Tesseract can't be loaded on " + System.getProperty("os.name") + " "
                            + System.getProperty("os.arch")
                            + " (" + e.getMessage() + "). Linux on x86-64 with glibc 2.34 or newer is needed, and a"
                            + " folder for its libraries: set -Dorg.bytedeco.javacpp.cachedir. No page was read.",
                    e);
        }
        try (var bytes = new BytePointer(data.bytes());
                var name = new BytePointer(language)) {
            tesseract.SetVariable("debug_file", "/dev/null"); // it prints to the process's standard error otherwise
            int failed = tesseract.Init(
                    bytes, data.bytes().length, name, OEM_LSTM_ONLY, (ByteBuffer) null, 0, null, null, false, null);
            if (failed != 0) {
                throw new LanguageUnavailable(
                        language,
                        "The trained data of the language '" + language + "' are damaged or too old: Tesseract 4 or"
                                + " newer must have made them.",
                        TrainedData.available(tessdata));
            }
            tesseract.SetPageSegMode(PSM_AUTO);
            return new OcrEngine(data, tesseract);
        } catch (IOException | RuntimeException e) {
            tesseract.close();
            throw e;
        }
    }

    /// Reads the first image of a file.
    public OcrPage read(Path image, Optional<Integer> dpi) throws IOException {
        return read(PageImage.of(image, dpi));
    }

    /// Reads one page: black text on light ground or the other way round, upright, in one or more columns. A TIFF is
    /// turned as its Orientation tag says.
    ///
    /// @throws PageUnreadable if the image is damaged, too large, or of another kind; trying again does not help
    /// @throws IOException if the file isn't there or its disk fails
    /// @throws IllegalStateException if the engine is closed or reads another page just now
    public OcrPage read(PageImage page) throws IOException {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("This OCR engine reads another page just now. Open one for each thread.");
        }
        try {
            var api = tesseract;
            if (api == null) {
                throw new IllegalStateException("This OCR engine is closed.");
            }
            try (var pixels = PageDecoder.decode(page)) {
                return recognise(api, page, pixels);
            } finally {
                api.Clear();
            }
        } finally {
            busy.set(false);
        }
    }

    private OcrPage recognise(TessBaseAPI api, PageImage page, GrayPage pixels) {
        api.ClearAdaptiveClassifier(); // what the page before taught it
        api.SetInputName(Markup.printable(page.name()));
        api.SetImage(pixels.pixels(), pixels.width(), pixels.height(), 1, pixels.width());
        var dpi = page.dpi().map(OptionalInt::of).orElse(pixels.dpi());
        dpi.ifPresent(api::SetSourceResolution);
        if (api.Recognize(null) != 0) {
            throw new PageUnreadable(
                    page.name(), "Tesseract gave up on its " + pixels.width() + " × " + pixels.height() + " pixels.");
        }
        var alto = taken(api.GetAltoText(page.index()));
        var words = Markup.words(alto);
        var settings = "language " + language + "; trained data SHA-256 " + trainedDataSha256
                + "; LSTM engine; automatic page segmentation; "
                + (dpi.isPresent() ? dpi.getAsInt() + " dpi" : "resolution estimated");
        return new OcrPage(
                words.count() == 0 ? "" : taken(api.GetUTF8Text()),
                Markup.hocr(taken(api.GetHOCRText(page.index())), page.name(), version, language),
                Markup.alto(alto, words, page.name(), version, settings),
                words.count(),
                words.confidence(),
                words.shareUnder60(),
                language,
                version,
                trainedDataSha256,
                pixels.width(),
                pixels.height());
    }

    /// A string that Tesseract made for its caller, who gives it back.
    private static String taken(BytePointer text) {
        try {
            return text.getString(StandardCharsets.UTF_8);
        } finally {
            TessDeleteText(text);
        }
    }

    private static void setUnlessGiven(String property, String value) {
        if (System.getProperty(property) == null) {
            System.setProperty(property, value);
        }
    }

    /// Gives the native memory back. May come twice.
    ///
    /// @throws IllegalStateException if a page is being read
    @Override
    public void close() {
        if (!busy.compareAndSet(false, true)) {
            throw new IllegalStateException("This OCR engine reads a page just now, and can't be closed under it.");
        }
        try {
            var api = tesseract;
            if (api != null) {
                tesseract = null;
                api.End();
                api.close();
            }
        } finally {
            busy.set(false);
        }
    }
}
