package dev.lovage.engine.canvas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.lovage.engine.json.Json;
import dev.lovage.engine.settings.DeclaredQueue;
import dev.lovage.engine.settings.Route;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class RoutesTest {
    private static final DeclaredQueue HIGH =
            new DeclaredQueue("intake_high", Optional.of("intake_exchange"), "direct", "high", Json.object());
    private static final DeclaredQueue TOPIC =
            new DeclaredQueue("media", Optional.of("media_exchange"), "topic", "media.#", Json.object());

    @Test
    void routes_are_tried_by_name_then_by_pattern_in_order_then_the_default() {
        Map<String, Route> all = new LinkedHashMap<>();
        all.put("a.*", Route.to("globbed"));
        all.put("re:[ab]\\.other", Route.to("matched"));
        all.put("a.exact", Route.to("named"));
        all.put("a.?", Route.to("no glob, as in Celery: it has no asterisk"));
        var routes = routes(all);
        assertThat(routes.queue("a.exact")).isEqualTo("named");
        assertThat(routes.queue("a.other")).isEqualTo("globbed");
        assertThat(routes.queue("b.others"))
                .as("a regular expression is a beginning")
                .isEqualTo("matched");
        assertThat(routes.queue("xb.other")).isEqualTo("else");
        assertThat(routes.queue("b")).isEqualTo("else");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> routes(Map.of("re:(", Route.to("q"))))
                .withMessageContaining("re:(");
    }

    @Test
    void what_a_signature_says_beats_its_route() {
        var routes = routes(
                Map.of("a", new Route(Optional.of("routed"), Optional.empty(), Optional.empty(), Optional.of(7))));
        assertThat(routes.destination("a", Json.object()))
                .isEqualTo(new Routes.Destination("routed", Optional.empty(), 7));
        assertThat(routes.destination("a", Json.object().put("queue", "own").put("priority", 2)))
                .isEqualTo(new Routes.Destination("own", Optional.empty(), 2));
    }

    @Test
    void an_exchange_is_named_only_where_the_queue_s_name_is_not_enough() {
        var routes = routes(Map.of());
        assertThat(routes.destination("a", Json.object().put("queue", "intake_high")))
                .as("a direct queue is reached by its name, as Celery does")
                .isEqualTo(new Routes.Destination("intake_high", Optional.empty(), 0));
        assertThat(routes.destination(
                        "a", Json.object().put("exchange", "intake_exchange").put("routing_key", "high")))
                .isEqualTo(new Routes.Destination(
                        "intake_high", Optional.of(new Routes.Address("intake_exchange", "high")), 0));
        assertThat(routes.destination(
                        "a", Json.object().put("exchange", "other").put("routing_key", "key")))
                .isEqualTo(new Routes.Destination("key", Optional.of(new Routes.Address("other", "key")), 0));
        assertThat(routes.destination("a", Json.object().put("queue", "media").put("routing_key", "media.video")))
                .isEqualTo(new Routes.Destination(
                        "media", Optional.of(new Routes.Address("media_exchange", "media.video")), 0));
    }

    @Test
    void a_queue_that_is_not_known_is_refused_if_none_may_be_created() {
        var strict = new Routes(Map.of(), Map.of("intake_high", HIGH), false, "else", 0);
        assertThat(strict.queue("a")).isEqualTo("else");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> strict.destination("a", Json.object().put("queue", "typo")))
                .withMessageContaining("'typo' is not in task_queues")
                .withMessageContaining("Nothing was sent");
    }

    private static Routes routes(Map<String, Route> all) {
        Map<String, DeclaredQueue> queues = new LinkedHashMap<>();
        queues.put("intake_high", HIGH);
        queues.put("media", TOPIC);
        return new Routes(all, queues, true, "else", 0);
    }
}
