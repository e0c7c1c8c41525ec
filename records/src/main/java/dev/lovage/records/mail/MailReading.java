package dev.lovage.records.mail;

import dev.lovage.records.mail.MailWarning.Code;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/// What has been read of a message so far.
final class MailReading {
    private static final Set<String> TRANSFER_ENCODINGS =
            Set.of("7bit", "8bit", "binary", "base64", "quoted-printable");
    private static final Set<String> OPAQUE = Set.of("application/pkcs7-mime", "application/x-pkcs7-mime");
    private static final int META_CHARSET_WITHIN = 1024;

    private final int messageBytes;
    private final MailLimits limits;
    private final Budget budget;
    private final Repairs repairs;
    private final SafeFileNames fileNames;
    private final HeaderBlock[] top = new HeaderBlock[1];
    private final Deque<Multipart> open = new ArrayDeque<>();
    private final List<Piece> pieces = new ArrayList<>();
    private final List<MailAttachment> attachments = new ArrayList<>();
    private final List<DeliveryReport> deliveries = new ArrayList<>();
    private int parts;
    private long decodedBytes;
    private int shownBytes;

    /// @param alternative number of the multipart/alternative around it, 0 for none
    private record Multipart(int alternative) {}

    /// A text a person may read.
    private record Piece(int alternative, boolean html, String text, String charset) {}

    MailReading(int messageBytes, MailLimits limits, Budget budget, Repairs repairs) {
        this.messageBytes = messageBytes;
        this.limits = limits;
        this.budget = budget;
        this.repairs = repairs;
        this.fileNames = new SafeFileNames(repairs);
    }

    void part() {
        if (++parts > limits.partsMax()) {
            throw new MailRefused(
                    MailRefused.Reason.TOO_MANY_PARTS,
                    "The message has more than the " + limits.partsMax() + " parts allowed.");
        }
    }

    void headerEnds(HeaderBlock header) {
        if (header.all("Content-Type").size() > 1) {
            repairs.count(Code.CONTENT_TYPE_REPEATED);
        }
        if (parts == 1 && header.isEmpty()) {
            throw new MailRefused(MailRefused.Reason.NOT_A_MAIL, "These bytes have no header field at all.");
        }
        if (parts == 1) {
            top[0] = header;
        }
    }

    /// A multipart begins.
    void open(HeaderBlock header) {
        if (open.size() == limits.nestingMax()) {
            throw new MailRefused(
                    MailRefused.Reason.NESTED_TOO_DEEP,
                    "The message nests multiparts deeper than the " + limits.nestingMax() + " levels allowed.");
        }
        var type = contentType(header).value();
        if (type.equals("multipart/encrypted")) {
            throw encrypted();
        }
        var around = open.isEmpty() ? 0 : open.element().alternative();
        open.push(new Multipart(type.equals("multipart/alternative") ? parts : around));
    }

    void close() {
        open.pop();
    }

    /// A part that is no multipart.
    void leaf(HeaderBlock header, InputStream body) throws IOException {
        var type = contentType(header);
        var disposition = header.first("Content-Disposition").map(field -> HeaderParameters.parse(field, repairs));
        var encoding = header.first("Content-Transfer-Encoding").map(MailReading::token);
        if (encoding.isPresent() && !TRANSFER_ENCODINGS.contains(encoding.get())) {
            repairs.count(Code.TRANSFER_ENCODING_UNKNOWN);
        }
        var mediaType = mediaType(type.value());
        if (OPAQUE.contains(mediaType)) {
            throw encrypted();
        }
        if (type.value().startsWith("multipart/")) {
            repairs.count(Code.BOUNDARY_MISSING);
        }
        var fileName = disposition.flatMap(field -> field.parameter("filename"));
        var name = type.parameter("name");
        if (fileName.isPresent() && name.isPresent() && !fileName.equals(name)) {
            repairs.count(Code.NAME_AND_FILENAME_DIFFER);
        }
        var given = fileName.or(() -> name).filter(some -> !some.isBlank());
        var attached =
                disposition.map(field -> field.value().equals("attachment")).orElse(false);
        var shown = (mediaType.equals("text/plain") || mediaType.equals("text/html")) && !attached && given.isEmpty();
        var content = read(body, shown ? limits.textBytesMax() - shownBytes : 64 * 1024);
        if (shown) {
            show(mediaType, type.parameter("charset"), header.stray(), content);
        }
        if (mediaType.endsWith("delivery-status")) {
            deliveries.addAll(DeliveryReports.parse(
                    TextDecoding.undeclared(content.head()).text()));
        }
        if (!shown || !content.complete()) {
            attach(given, mediaType, content);
        }
    }

    private PartContent read(InputStream body, int headMax) throws IOException {
        var decodedMax = (long) limits.decodedRatioMax() * messageBytes;
        try {
            var content = PartContent.read(body, headMax, decodedMax - decodedBytes, budget);
            decodedBytes += content.size();
            return content;
        } catch (IllegalArgumentException | IllegalStateException | IndexOutOfBoundsException unforeseen) {
            throw new MailRefused(
                    MailRefused.Reason.UNREADABLE, "A part of the message cannot be decoded.", unforeseen);
        }
    }

    private void show(String mediaType, Optional<String> charset, String stray, PartContent content) {
        var bytes = content.wholeLines();
        shownBytes += bytes.length;
        var html = mediaType.equals("text/html");
        var declared = charset.or(() -> html ? metaCharset(bytes) : Optional.empty());
        var decoded = TextDecoding.body(bytes, declared, repairs);
        var lines = (stray + decoded.text())
                .replace("\r\n", "\n")
                .replace('\r', '\n')
                .replace("\0", "");
        if (lines.stripLeading().startsWith("-----BEGIN PGP MESSAGE-----")) {
            throw encrypted();
        }
        if (!content.complete()) {
            repairs.count(Code.TEXT_TRUNCATED);
        }
        budget.check();
        var charsetName = decoded.charset().name().toLowerCase(Locale.ROOT);
        pieces.add(new Piece(
                open.isEmpty() ? 0 : open.element().alternative(),
                html,
                html ? HtmlText.of(lines) : lines,
                charsetName));
    }

    private void attach(Optional<String> given, String mediaType, PartContent content) {
        if (content.size() == 0) {
            repairs.count(Code.ATTACHMENT_EMPTY);
        }
        if (mediaType.equals("application/ms-tnef") || given.orElse("").equalsIgnoreCase("winmail.dat")) {
            repairs.count(Code.TNEF);
        }
        attachments.add(new MailAttachment(
                given, fileNames.of(given, attachments.size() + 1), mediaType, content.size(), content.sha256()));
    }

    /// The header of the message itself.
    HeaderBlock header() {
        var header = top[0];
        if (header == null) {
            throw new MailRefused(MailRefused.Reason.NOT_A_MAIL, "These bytes have no header.");
        }
        return header;
    }

    ParsedMail result(Mailroom mailroom, String contentSha256) {
        var header = header();
        var from = addresses(header, "From");
        if (from.isEmpty()) {
            repairs.count(Code.FROM_ABSENT);
        }
        if (from.size() > 1) {
            repairs.count(Code.FROM_SEVERAL);
        }
        var shown = shown();
        var text = String.join(
                        "\n\n",
                        shown.stream().map(piece -> piece.text().strip()).toList())
                .strip();
        warnOfText(text);
        var subject =
                HeaderText.decoded(header.first("Subject").orElse(""), repairs).replace("\0", "");
        var headers = header.decoded();
        var to = addresses(header, "To");
        var cc = addresses(header, "Cc");
        var sorting = new Sorting(header, contentType(header), subject, from, mailroom);
        budget.check();
        var reply = sorting.reply();
        var kind = sorting.kind(reply.isPresent());
        return new ParsedMail(
                header.first("Message-ID").filter(id -> !id.isEmpty()),
                from.stream().findFirst(),
                to,
                cc,
                subject,
                header.first("Date"),
                text,
                shown.stream().findFirst().map(Piece::charset),
                attachments,
                kind,
                kind == MailKind.REPLY ? reply : Optional.empty(),
                sorting.silence(kind),
                deliveries,
                headers,
                contentSha256,
                repairs.warnings());
    }

    /// Of an alternative, the plain text where there is one; else its HTML. All other pieces.
    private List<Piece> shown() {
        var withPlain = new HashSet<Integer>();
        for (var piece : pieces) {
            if (piece.alternative() != 0 && !piece.html() && !piece.text().isBlank()) {
                withPlain.add(piece.alternative());
            }
        }
        return pieces.stream()
                .filter(piece -> !piece.text().isBlank())
                .filter(piece -> !piece.html() || !withPlain.contains(piece.alternative()))
                .toList();
    }

    private void warnOfText(String text) {
        if (text.isEmpty()) {
            repairs.count(Code.TEXT_ABSENT);
        }
        text.lines().forEach(line -> {
            if (line.startsWith("=ybegin ")) {
                repairs.count(Code.YENC_IN_TEXT);
            } else if (line.startsWith("begin ")
                    && line.length() > 10
                    && line.charAt(9) == ' '
                    && line.substring(6, 9).chars().allMatch(c -> c >= '0' && c <= '7')) {
                repairs.count(Code.UUENCODE_IN_TEXT);
            }
        });
    }

    private List<MailAddress> addresses(HeaderBlock header, String name) {
        return AddressField.parse(String.join(", ", header.all(name)), repairs);
    }

    private HeaderParameters contentType(HeaderBlock header) {
        return HeaderParameters.parse(header.first("Content-Type").orElse("text/plain"), repairs);
    }

    private static MailRefused encrypted() {
        return new MailRefused(
                MailRefused.Reason.ENCRYPTED, "The message is encrypted or opaquely signed, and we hold no key.");
    }

    /// A `type/subtype` without junk; anything that is none counts as plain text.
    private static String mediaType(String value) {
        var clean = token(value);
        var slash = clean.indexOf('/');
        if (slash <= 0 || slash == clean.length() - 1 || clean.startsWith("multipart/")) {
            return "text/plain";
        }
        return clean;
    }

    private static String token(String value) {
        var clean = new StringBuilder();
        for (var c : value.strip().toLowerCase(Locale.ROOT).toCharArray()) {
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || "/-+._".indexOf(c) >= 0)) {
                break;
            }
            clean.append(c);
        }
        return clean.toString();
    }

    private static Optional<String> metaCharset(byte[] html) {
        var head = TextDecoding.lenient(html, java.nio.charset.StandardCharsets.ISO_8859_1);
        head = head.substring(0, Math.min(META_CHARSET_WITHIN, head.length())).toLowerCase(Locale.ROOT);
        var meta = head.indexOf("<meta");
        var at = meta < 0 ? -1 : head.indexOf("charset=", meta);
        return at < 0 ? Optional.empty() : Optional.of(head.substring(at + "charset=".length()));
    }
}
