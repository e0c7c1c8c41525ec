package dev.lovage.server.page;

import dev.lovage.server.status.Status;
import gg.jte.ContentType;
import gg.jte.TemplateEngine;
import gg.jte.output.StringOutput;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/// Renders pages, and holds their own style sheet and script.
public final class Pages {
    private final TemplateEngine engine = TemplateEngine.createPrecompiled(ContentType.Html);
    private final byte[] style = asset("lovage.css");
    private final byte[] script = asset("refresh.js");
    private final byte[] icon = asset("icon.svg");

    public byte[] status(Status status) {
        return render("status.jte", status);
    }

    public byte[] submission(SubmissionPage submission) {
        return render("submission.jte", submission);
    }

    /// @param trackingId as it was asked for
    public byte[] unknown(String trackingId) {
        return render("unknown.jte", trackingId);
    }

    public byte[] style() {
        return style;
    }

    public byte[] script() {
        return script;
    }

    public byte[] icon() {
        return icon;
    }

    private byte[] render(String template, Object model) {
        var out = new StringOutput();
        engine.render(template, model, out);
        return out.toString().getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] asset(String name) {
        try (var in = Pages.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IllegalStateException(name + " is not in the program. Build it anew.");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(name + " can't be read. Build the program anew.", e);
        }
    }
}
