package dev.lovage.testkit;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Where RabbitMQ, Redis and Python's Celery come from: this machine's packages, or those of another release of
/// Debian in a private root, which the system property `lovage.peers` names and `bin/debian-peers` makes. Only
/// root can start programs there.
final class Peers {
    /// Runs the rest of its arguments in the root that is its first one, as this very process, with this
    /// machine's temporary files under their own names.
    private static final String ENTER = """
            mount --bind /tmp "$0/tmp" && mount --rbind /proc "$0/proc" && mount --rbind /dev "$0/dev" || exit 71
            PATH=/usr/sbin:/usr/bin:/sbin:/bin exec chroot "$0" "$@"
            """;

    private Peers() {}

    static Optional<String> root() {
        return Optional.ofNullable(System.getProperty("lovage.peers")).filter(root -> !root.isBlank());
    }

    /// What starts a program of theirs. Its process is the program's own, and its mounts end with it.
    static List<String> command(List<String> command) {
        if (root().isEmpty()) {
            return command;
        }
        var entering = new ArrayList<>(List.of("unshare", "--mount", "sh", "-c", ENTER, root().orElseThrow()));
        entering.addAll(command);
        return entering;
    }
}
