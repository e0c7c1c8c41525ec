package dev.lovage.cli;

public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.out.println(String.join(" ", args));
    }
}
