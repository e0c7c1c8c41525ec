package dev.lovage.records.mail;

import java.util.ArrayList;
import java.util.List;

/// Reads the mailboxes of an address field, in one pass, whatever is wrong with it. Groups are opened, comments become
/// display names, and encoded words are decoded last, so that they cannot add an address.
final class AddressField {
    private static final int MAILBOXES_MAX = 1000;

    private final Repairs repairs;
    private final List<MailAddress> found = new ArrayList<>();
    private final StringBuilder words = new StringBuilder();
    private final StringBuilder comment = new StringBuilder();
    private final StringBuilder bracketed = new StringBuilder();

    private AddressField(Repairs repairs) {
        this.repairs = repairs;
    }

    static List<MailAddress> parse(String field, Repairs repairs) {
        var parser = new AddressField(repairs);
        parser.run(field);
        return List.copyOf(parser.found);
    }

    private void run(String field) {
        var quoted = false;
        var commentDepth = 0;
        var inBrackets = false;
        for (var i = 0; i < field.length() && found.size() < MAILBOXES_MAX; i++) {
            var c = field.charAt(i);
            var target = commentDepth > 0 ? comment : inBrackets ? bracketed : words;
            if (c == '\\' && (quoted || commentDepth > 0) && i + 1 < field.length()) {
                target.append(field.charAt(++i));
            } else if (quoted) {
                if (c == '"') {
                    quoted = false;
                } else {
                    target.append(c);
                }
            } else if (c == '(' && !inBrackets) {
                commentDepth++;
            } else if (commentDepth > 0) {
                if (c == ')') {
                    commentDepth--;
                } else {
                    comment.append(c);
                }
            } else if (c == '"') {
                quoted = true;
            } else if (c == '<') {
                inBrackets = true;
                bracketed.setLength(0);
            } else if (c == '>') {
                inBrackets = false;
                end(true);
            } else if ((c == ',' || c == ';') && !inBrackets) {
                end(false);
            } else if (c == ':' && !inBrackets && words.indexOf("@") < 0) {
                words.setLength(0);
            } else {
                target.append(c);
            }
        }
        end(inBrackets);
    }

    private void end(boolean brackets) {
        var plain = words.toString().strip();
        var address = brackets ? bracketed.toString().strip() : plain;
        var route = address.lastIndexOf(':');
        if (address.startsWith("@") && route > 0) {
            address = address.substring(route + 1);
        }
        var display = brackets && !plain.isEmpty() ? plain : comment.toString().strip();
        if (!address.isEmpty()) {
            found.add(new MailAddress(HeaderText.decoded(display, repairs).strip(), address));
        }
        words.setLength(0);
        comment.setLength(0);
        bracketed.setLength(0);
    }
}
