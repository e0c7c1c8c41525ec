package dev.lovage.records.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.nio.charset.Charset;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;

/// Writes drafts as the mail programs of the world do: in turn eight forms, and now and then one that no office can
/// answer.
final class MailForm {
    private static final OffsetDateTime BEGINNING = OffsetDateTime.of(2026, 3, 2, 8, 0, 0, 0, ZoneOffset.ofHours(-5));

    private final Random random;

    MailForm(Random random) {
        this.random = random;
    }

    byte[] message(Draft draft) {
        String text = words(draft);
        byte[] utf8 = text.getBytes(UTF_8);
        return switch (draft.number() % 8) {
            case 0 ->
                mail(
                        draft,
                        UTF_8,
                        "Content-Type: text/plain; charset=utf-8\n" + "Content-Transfer-Encoding: 8bit",
                        utf8);
            case 1 ->
                mail(
                        draft,
                        UTF_8,
                        "Content-Type: text/plain; charset=\"UTF-8\"; format=flowed\n"
                                + "Content-Transfer-Encoding: quoted-printable",
                        quotedPrintable(utf8));
            case 2 ->
                mail(
                        draft,
                        UTF_8,
                        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: base64",
                        base64(utf8));
            case 3 ->
                mail(
                        draft,
                        ISO_8859_1,
                        "Content-Type: text/plain; charset=iso-8859-1\n"
                                + "Content-Transfer-Encoding: quoted-printable",
                        quotedPrintable(text.getBytes(ISO_8859_1)));
            case 4 -> multipart(draft, "alternative", part("text/html; charset=utf-8", html(text)));
            case 5 ->
                multipart(
                        draft,
                        "mixed",
                        part(
                                "text/plain; charset=utf-8; name=\"details.txt\"\nContent-Disposition: attachment; filename=\"details.txt\"",
                                "Further details for the search:\n\n" + draft.subject() + "\n"));
            case 6 ->
                mail(
                        draft,
                        UTF_8,
                        "Content-Type: text/html; charset=utf-8\nContent-Transfer-Encoding: quoted-printable",
                        quotedPrintable(html(text).getBytes(UTF_8)));
            default ->
                mail(
                        draft,
                        UTF_8,
                        "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit",
                        (text
                                        + "\n\nOn Mon, 23 Feb 2026 at 09:12, Records Office wrote:\n> Please tell us which months you mean.\n")
                                .getBytes(UTF_8));
        };
    }

    /// A mail without subject and text: there is nothing to answer.
    byte[] empty(Draft draft) {
        return mail(draft, "", UTF_8, "Content-Type: text/plain; charset=us-ascii", new byte[0]);
    }

    /// A mail that is encrypted (S/MIME) for someone else: nobody here can read it.
    byte[] encrypted(Draft draft) {
        byte[] cipher = new byte[600];
        random.nextBytes(cipher);
        // The beginning of a CMS ContentInfo of type envelopedData.
        System.arraycopy(HexFormat.of().parseHex("3082025406092a864886f70d010703"), 0, cipher, 0, 15);
        return mail(
                draft,
                UTF_8,
                "Content-Type: application/pkcs7-mime; smime-type=enveloped-data; name=\"smime.p7m\"\n"
                        + "Content-Disposition: attachment; filename=\"smime.p7m\"\nContent-Transfer-Encoding: base64",
                base64(cipher));
    }

    private static String words(Draft draft) {
        StringBuilder text = new StringBuilder("To the records officer:\n\n")
                .append(draft.text())
                .append("\n\n");
        draft.organisation()
                .ifPresent(outlet -> text.append("I am a reporter with ")
                        .append(outlet)
                        .append(" and make this request as a representative of the news media.\n\n"));
        draft.feeAmount()
                .ifPresent(amount -> text.append("I am willing to pay up to $")
                        .append(amount)
                        .append(".\n\n"));
        draft.feeWaiver()
                .ifPresent(reason ->
                        text.append("I request a fee waiver. ").append(reason).append("\n\n"));
        draft.expedite()
                .ifPresent(reason -> text.append("I request expedited processing because ")
                        .append(reason)
                        .append(".\n\n"));
        draft.emergency()
                .ifPresent(reason ->
                        text.append("This is an emergency: ").append(reason).append(".\n\n"));
        return text.append("Sincerely,\n")
                .append(draft.first())
                .append(' ')
                .append(draft.last())
                .append('\n')
                .toString();
    }

    private byte[] multipart(Draft draft, String subtype, String secondPart) {
        String boundary = "=_avalon_" + Long.toHexString(random.nextLong());
        String body = "This is a message in several parts.\n\n--" + boundary + "\n"
                + part("text/plain; charset=utf-8", words(draft)) + "\n--" + boundary + "\n" + secondPart + "\n--"
                + boundary + "--\n";
        return mail(
                draft,
                UTF_8,
                "Content-Type: multipart/" + subtype + "; boundary=\"" + boundary + "\"",
                body.getBytes(UTF_8));
    }

    private static String part(String type, String content) {
        return "Content-Type: " + type + "\nContent-Transfer-Encoding: 8bit\n\n" + content;
    }

    private static String html(String text) {
        String escaped = text.replace("&", "&amp;").replace("<", "&lt;").strip();
        return "<!DOCTYPE html>\n<html><body>\n<p>"
                + escaped.replace("\n\n", "</p>\n<p>").replace("Sincerely,\n", "Sincerely,<br>\n")
                + "</p>\n</body></html>\n";
    }

    private byte[] mail(Draft draft, Charset headers, String content, byte[] body) {
        return mail(draft, draft.subject(), headers, content, body);
    }

    private byte[] mail(Draft draft, String subject, Charset headers, String content, byte[] body) {
        OffsetDateTime sent = BEGINNING.plusMinutes(47L * draft.number());
        String domain = draft.email().substring(draft.email().indexOf('@') + 1);
        String id = Long.toHexString(random.nextLong()) + "." + draft.number() + "@mail." + domain;
        String head = "Return-Path: <" + draft.email() + ">\n"
                + "Received: from mail." + domain + " (mail." + domain + " [192.0.2." + (1 + random.nextInt(254))
                + "])\n"
                + "\tby mx.avalon.example with ESMTPS id " + Integer.toHexString(random.nextInt(1 << 28)) + "\n"
                + "\tfor <records@avalon.example>; " + date(sent.plusSeconds(4)) + "\n"
                + "Authentication-Results: mx.avalon.example; spf=pass smtp.mailfrom=" + domain + "\n"
                + "Date: " + date(sent) + "\n"
                + "From: " + word(draft.first() + " " + draft.last(), headers) + " <" + draft.email() + ">\n"
                + "To: Avalon Public Records <records@avalon.example>\n"
                + "Subject: " + word(subject, headers) + "\n"
                + "Message-ID: <" + id + ">\n"
                + "X-Originating-IP: [198.51.100." + (1 + random.nextInt(254)) + "]\n"
                + "MIME-Version: 1.0\n" + content + "\n\n";
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(head.replace("\n", "\r\n").getBytes(UTF_8));
        for (byte b : body) {
            if (b == '\n') {
                out.write('\r');
            }
            out.write(b);
        }
        return out.toByteArray();
    }

    private static String date(OffsetDateTime instant) {
        return instant.format(DateTimeFormatter.ofPattern("EEE, d MMM yyyy HH:mm:ss xx", Locale.ROOT));
    }

    /// An encoded word (RFC 2047) where one is needed: B for UTF-8, Q for others.
    private static String word(String text, Charset charset) {
        if (text.chars().allMatch(c -> c < 0x80)) {
            return text;
        }
        byte[] bytes = text.getBytes(charset);
        if (charset.equals(UTF_8)) {
            return "=?UTF-8?B?" + Base64.getEncoder().encodeToString(bytes) + "?=";
        }
        StringBuilder out = new StringBuilder("=?" + charset.name().toLowerCase(Locale.ROOT) + "?Q?");
        for (byte b : bytes) {
            out.append(Character.isLetterOrDigit(b) ? String.valueOf((char) b) : b == ' ' ? "_" : "=" + hex(b));
        }
        return out.append("?=").toString();
    }

    private static byte[] base64(byte[] content) {
        return (Base64.getMimeEncoder(76, new byte[] {'\n'}).encodeToString(content) + "\n").getBytes(UTF_8);
    }

    private static byte[] quotedPrintable(byte[] content) {
        StringBuilder out = new StringBuilder();
        int column = 0;
        for (int i = 0; i < content.length; i++) {
            byte b = content[i];
            if (b == '\n') {
                out.append('\n');
                column = 0;
                continue;
            }
            boolean beforeLineEnd = i + 1 == content.length || content[i + 1] == '\n';
            boolean plain = b > ' ' && b < 0x7F && b != '=' || b == ' ' && !beforeLineEnd;
            String encoded = plain ? String.valueOf((char) b) : "=" + hex(b);
            if (column + encoded.length() > 75) {
                out.append("=\n");
                column = 0;
            }
            out.append(encoded);
            column += encoded.length();
        }
        return out.toString().getBytes(UTF_8);
    }

    private static String hex(byte b) {
        return HexFormat.of().withUpperCase().toHexDigits(b);
    }
}
