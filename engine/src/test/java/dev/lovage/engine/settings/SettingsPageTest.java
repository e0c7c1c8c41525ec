package dev.lovage.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// The tables of `docs/settings.md` are those of the program. With `-Dlovage.docs.write=true` they are written anew
/// first.
class SettingsPageTest {
    private static final Path PAGE = Path.of("..", "docs", "settings.md");
    private static final String BEGIN = "<!-- The program writes from here, see CONTRIBUTING.md -->\n";
    private static final String END = "<!-- to here. -->\n";

    @Test
    void the_page_has_the_program_s_tables() throws IOException {
        var page = Files.readString(PAGE);
        assertThat(page).contains(BEGIN, END);
        var whole =
                page.substring(0, page.indexOf(BEGIN) + BEGIN.length()) + tables() + page.substring(page.indexOf(END));
        if (Boolean.getBoolean("lovage.docs.write")) {
            Files.writeString(PAGE, whole);
        }
        assertThat(Files.readString(PAGE)).isEqualTo(whole);
    }

    @Test
    void what_is_honoured_in_the_table_of_celery_s_settings_is_a_setting_of_ours() {
        var honoured = CelerySetting.all().stream()
                .filter(one -> one.otherwise() == Judgement.Verdict.HONOURED)
                .map(CelerySetting::name)
                .filter(name -> name.indexOf('.') < 0)
                .collect(Collectors.toSet());
        var ours = Arrays.stream(Setting.values()).map(Setting::key).collect(Collectors.toSet());
        assertThat(ours).containsAll(honoured);
        assertThat(CelerySetting.all().stream()
                        .map(CelerySetting::name)
                        .filter(ours::contains)
                        .collect(Collectors.toSet()))
                .isEqualTo(honoured);
        assertThat(CelerySetting.all())
                .allSatisfy(one -> assertThat(one.reason().isEmpty())
                        .as(one.name())
                        .isEqualTo(one.otherwise() == Judgement.Verdict.HONOURED));
    }

    private static String tables() {
        var ours = Arrays.stream(Setting.values()).map(Setting::key).collect(Collectors.toSet());
        return table(
                        "## Honoured",
                        "| setting | type | preset | Celery's default | where | meaning |",
                        Arrays.stream(Setting.values()).map(SettingsPageTest::row))
                + table(
                        "## Celery's other settings",
                        "| setting | type | Celery's default | here | why |",
                        CelerySetting.all().stream()
                                .filter(one -> !ours.contains(one.name()))
                                .map(SettingsPageTest::row));
    }

    private static String table(String title, String heading, Stream<String> rows) {
        return title + "\n\n" + heading + "\n|"
                + "---|".repeat((int) heading.chars().filter(c -> c == '|').count() - 1) + "\n"
                + rows.collect(Collectors.joining("\n")) + "\n\n";
    }

    private static String row(Setting setting) {
        var celery = CelerySetting.named(setting.key())
                .map(one -> one.preset().isEmpty() ? "none" : same(one.preset(), setting.preset()))
                .orElse("");
        return "| " + code(setting.key()) + " | " + setting.type() + " | " + code(setting.preset()) + " | "
                + celery + " | "
                + setting.scope().words() + " | " + setting.meaning() + " |";
    }

    private static String row(CelerySetting setting) {
        var here = setting.here().stream().map(SettingsPageTest::code).collect(Collectors.joining(" or "));
        var otherwise = setting.otherwise().words();
        return "| " + code(setting.name()) + " | " + setting.type() + " | " + code(setting.preset()) + " | "
                + (here.isEmpty() ? otherwise : here + "; else " + otherwise) + " | " + setting.reason() + " |";
    }

    private static String same(String theirs, String ours) {
        return theirs.equals(ours) ? "the same" : code(theirs);
    }

    private static String code(String text) {
        return text.isEmpty() ? "" : "`" + text.replace("|", "\\|") + "`";
    }
}
