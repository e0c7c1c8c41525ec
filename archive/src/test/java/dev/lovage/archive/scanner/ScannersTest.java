package dev.lovage.archive.scanner;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ScannersTest {
    @TempDir
    Path data;

    @Test
    void are_read_from_yaml_and_from_json() throws IOException {
        var yaml = Files.writeString(data.resolve("scanners.yaml"), """
                lab-1:
                  address: sane:127.0.0.1:6566/epson2:libusb:001:004
                  model: Perfection V850
                  options: {test-picture: Grid, depth: 8}
                  silence_seconds: 120
                drop: {address: "folder:/srv/scans", model: OS 12000}
                """);
        var scanners = Scanners.read(yaml, data, InstantSource.system());
        assertThat(scanners.all()).extracting(Scanner::id).containsExactly("drop", "lab-1");
        assertThat(scanners.named("lab-1")).isInstanceOf(SaneScanner.class);
        assertThat(scanners.named("drop")).isInstanceOf(WatchedFolder.class);
        assertThat(parse("{\"a\": {\"address\": \"folder:/x\", \"model\": \"m\"}}")
                        .all())
                .hasSize(1);
        assertThat(parse("").all()).isEmpty();
    }

    @Test
    void an_unknown_one_is_answered_with_those_there_are() {
        var scanners = parse("a: {address: 'folder:/x', model: m}\nb: {address: 'folder:/y', model: m}");
        assertThatThrownBy(() -> scanners.named("c"))
                .isInstanceOf(UnknownScanner.class)
                .hasMessage("There is no scanner 'c'; those configured are a, b. Nothing was captured. Correct the"
                        + " manifest, or add the scanner to the scanners' file.");
    }

    @Test
    void without_any_it_is_said_how_to_configure_one() {
        assertThatThrownBy(() -> Scanners.none().named("lab"))
                .isInstanceOf(UnknownScanner.class)
                .hasMessageContaining("No scanner is configured")
                .hasMessageContaining("lab: {address: 'sane:127.0.0.1:6566/");
    }

    @Test
    void everything_that_is_wrong_is_told_at_once() {
        assertThatThrownBy(() -> parse("""
                        "../etc": {address: 'folder:/x', model: m}
                        b: {address: 'ftp://x', model: m}
                        c: {address: 'sane:host:99999/dev'}
                        d: {address: 'folder:/x', model: m, colour: red}
                        e: {address: 'folder:/z', model: m, silence_seconds: -1, options: {a: [1]}}
                        """))
                .hasMessageContaining("../etc: the id has to be")
                .hasMessageContaining("b: the address is 'ftp://x'")
                .hasMessageContaining("c: the model is missing")
                .hasMessageContaining("c: the address is 'sane:host:99999/dev'")
                .hasMessageContaining("d: the key colour is not known")
                .hasMessageContaining("d: has the same address as ../etc")
                .hasMessageContaining("e: the silence_seconds is -1")
                .hasMessageContaining("e: the option a has no single value")
                .hasMessageContaining("No scanner was loaded.");
        assertThatThrownBy(() -> parse("- a")).hasMessageContaining("is no mapping");
        assertThatThrownBy(() -> parse("a: {b: 1\n")).hasMessageContaining("is not YAML");
        assertThatThrownBy(() -> parse("a: {address: 'folder:/x', model: m}\na: {address: 'folder:/y', model: m}"))
                .hasMessageContaining("is not YAML");
    }

    @Test
    void addresses_have_hosts_ports_and_devices_with_colons() {
        assertThat(SaneAddress.parse("sane:scan.example:7000/net:[::1]:test:0"))
                .contains(new SaneAddress("scan.example", 7000, "net:[::1]:test:0"));
        assertThat(SaneAddress.parse("sane:[::1]/test:0")).contains(new SaneAddress("::1", 6566, "test:0"));
        assertThat(SaneAddress.parse("sane:host/")).isEmpty();
        assertThat(SaneAddress.parse("sane:/x")).isEmpty();
        assertThat(new SaneAddress("::1", 6566, "test:0")).hasToString("sane:[::1]:6566/test:0");
    }

    private Scanners parse(String text) {
        return Scanners.parse(text, data, InstantSource.system());
    }
}
