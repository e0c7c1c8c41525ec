package dev.lovage.archive.ocr;

import java.util.OptionalDouble;

/// What was read on one page. The same pixels, language and engine give the same bytes: there are no times in them.
///
/// @param text one line of the page a line, `\n` after each, an empty line between paragraphs; empty for a blank page
/// @param hocr the hOCR document, UTF-8 XHTML; not to be changed
/// @param alto the ALTO 4.4 document, UTF-8; its coordinates are pixels of the upright image; not to be changed
/// @param words how many words were found; 0 for a blank page
/// @param confidence the words' mean, 0 to 100; empty if there are none
/// @param shareUnder60 how many of the words have a confidence under 60, 0 to 1
/// @param language the trained data's name, such as `eng`
/// @param engineVersion such as `tesseract 5.5.2`
/// @param trainedDataSha256 digest of the unpacked trained data, in hexadecimal
/// @param width of the upright image, in pixels
/// @param height of the upright image, in pixels
public record OcrPage(
        String text,
        byte[] hocr,
        byte[] alto,
        int words,
        OptionalDouble confidence,
        double shareUnder60,
        String language,
        String engineVersion,
        String trainedDataSha256,
        int width,
        int height) {}
