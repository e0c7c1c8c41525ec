package dev.lovage.engine.settings;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class SettingsPageTest {
    @Test
    void the_page_lists_every_setting_with_its_preset_and_meaning() throws IOException {
        var rows = Files.readAllLines(Path.of("..", "docs", "settings.md")).stream()
                .filter(line -> line.matches("\\| `[a-z_]+` \\|.*"))
                .toList();
        assertThat(rows)
                .containsExactlyElementsOf(Arrays.stream(Setting.values())
                        .map(SettingsPageTest::row)
                        .toList());
    }

    private static String row(Setting setting) {
        return "| `" + setting.key() + "` | " + (setting.preset().isEmpty() ? "" : "`" + setting.preset() + "`") + " | "
                + setting.meaning() + " |";
    }
}
