package dev.lovage.sql.database;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DatabasesTest {
    @TempDir
    Path folder;

    @Test
    void three_slashes_are_relative_to_the_data_folder_and_four_absolute() {
        Databases.open("sqlite:///in/it.db", folder, DatabaseSettings.DEFAULT).close();
        Databases.open("sql+sqlite:///" + folder.resolve("there.db"), Path.of("."), DatabaseSettings.DEFAULT)
                .close();
        assertThat(folder.resolve("in/it.db")).exists();
        assertThat(folder.resolve("there.db")).exists();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "mysql://u:geheim@h/d",
                "u:geheim@h/d",
                "postgresql://u:geheim",
                "postgresql://u:geheim#1@h:5/d",
                "postgresql://h:5",
                "sqlite:there.db",
                ""
            })
    void another_url_is_refused_without_its_password(String url) {
        assertThatThrownBy(() -> Databases.open(url, folder, DatabaseSettings.DEFAULT))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("Known are")
                .hasMessageContaining("Nothing was opened")
                .hasMessageNotContaining("geheim");
    }

    @Test
    void the_places_in_a_statement_are_filled_and_unknown_ones_refused() {
        assertThat(Dialect.POSTGRESQL.substitute("CREATE TABLE t (id ${serial}, b ${blob}) ${suffix:queue}"))
                .startsWith(
                        "CREATE TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, b BYTEA) WITH (fillfactor");
        assertThat(Dialect.SQLITE.substitute("b ${blob} ${suffix:queue}")).isEqualTo("b BLOB ");
        assertThatThrownBy(() -> Dialect.SQLITE.substitute("${blub}")).hasMessageContaining("${blub}");
    }
}
