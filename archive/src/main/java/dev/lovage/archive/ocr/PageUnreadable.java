package dev.lovage.archive.ocr;

/// An image that can't be recognised, now or later: it is damaged, too large, or of a kind that is not read. Trying
/// again does not help; the file belongs before a person. It was not changed.
public final class PageUnreadable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final String page;

    PageUnreadable(String page, String found) {
        super(message(page, found));
        this.page = page;
    }

    PageUnreadable(String page, String found, Throwable cause) {
        super(message(page, found), cause);
        this.page = page;
    }

    private static String message(String page, String found) {
        return "The page " + page + " can't be read: " + found + " No text was written, and the file is as it was.";
    }

    /// @return the name of the page's file, without its folders
    public String page() {
        return page;
    }
}
