namespace AmqpBroker.Interop;

/// <summary>The table of all client programs. A new client is a folder under <c>interop-tests/clients</c> and a row here.</summary>
internal static class Clients
{
    private const string JavaClasses = "/usr/share/java/amqp-client.jar:/usr/share/java/slf4j-api.jar:/usr/share/java/slf4j-nop.jar";

    private static readonly string[] s_protocolScenarios = ["channel_errors", "consumer_cancel_notification", "many_channels"];

    private static readonly Client s_java = new(
        "java",
        Install: "a JDK, and the Java client's jar in /usr/share/java (Debian packages default-jdk-headless and librabbitmq-client-java)",
        Probes: [["javac", "-version"], ["test", "-f", "/usr/share/java/amqp-client.jar"]],
        Build:
        [
            ["javac", "-Xlint:all", "-cp", JavaClasses, "-d", "{out}",
                "Main.java", "Session.java", "Inbox.java", "Consuming.java", "Routing.java", "Publishing.java",
                "Properties.java", "Lifecycle.java"],
        ],
        Run: ["java", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", "{out}:" + JavaClasses, "Main"])
    {
        MoreScenarios = s_protocolScenarios,
    };

    private static readonly Client s_php = new(
        "php",
        Install: "Debian packages php-cli and php-amqplib",
        Probes: [["php", "-r", "require 'PhpAmqpLib/autoload.php';"]],
        Build: [],
        Run: ["php", "main.php"])
    {
        MoreScenarios = s_protocolScenarios,
    };

    private static readonly Client s_c = new(
        "c",
        Install: "a C compiler and librabbitmq (Debian packages gcc, libc6-dev and librabbitmq-dev)",
        Probes: [["gcc", "--version"], ["test", "-f", "/usr/include/amqp.h"]],
        Build:
        [
            ["gcc", "-std=gnu11", "-O1", "-Wall", "-Wextra", "-o", "{out}/scenarios",
                "main.c", "session.c", "consuming.c", "routing.c", "publishing.c", "properties.c", "lifecycle.c", "-lrabbitmq"],
        ],
        Run: ["{out}/scenarios"])
    {
        MoreScenarios = s_protocolScenarios,
    };

    public static IReadOnlyList<Client> All { get; } =
    [
        s_java,
        s_php,
        s_c,
        new("python-pika",
            Install: "Debian package python3-pika",
            Probes: [["/usr/bin/python3", "-c", "import pika"]],
            Build: [],
            Run: ["/usr/bin/python3", "-B", "scenarios.py"]),
        new("python-kombu",
            Install: "Debian package python3-kombu",
            Probes: [["/usr/bin/python3", "-c", "import kombu, amqp"]],
            Build: [],
            Run: ["/usr/bin/python3", "-B", "scenarios.py"]),
        new("node",
            Install: "Node.js 18 or newer with npm (Debian packages nodejs and npm)",
            Probes: [["node", "--version"], ["npm", "--version"]],
            Build: [["npm", "ci", "--no-audit", "--no-fund"]],
            Run: ["node", "scenarios.js"]),
        new("go",
            Install: "Debian packages golang-go and golang-github-rabbitmq-amqp091-go-dev",
            Probes: [["go", "version"], ["test", "-d", "/usr/share/gocode/src/github.com/rabbitmq/amqp091-go"]],
            // Debian keeps libraries as sources in a GOPATH, so nothing is fetched.
            Build: [["env", "GO111MODULE=off", "GOPATH=/usr/share/gocode", "go", "build", "-o", "{out}/scenarios", "."]],
            Run: ["{out}/scenarios"]),
        new("ruby",
            Install: "Debian packages ruby and ruby-bunny",
            Probes: [["ruby", "-e", "require 'bunny'"]],
            Build: [],
            Run: ["ruby", "scenarios.rb"]),
        new("amqp-tools",
            Install: "Debian package amqp-tools",
            Probes: [["amqp-publish", "--help"], ["flock", "--version"]],
            Build: [],
            Run: ["bash", "scenarios.sh"]),
    ];
}
