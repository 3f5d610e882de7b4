namespace AmqpBroker.Interop;

/// <summary>The table of all client programs. A new client is a folder under <c>interop-tests/clients</c> and a row here.</summary>
internal static class Clients
{
    public static IReadOnlyList<Client> All { get; } =
    [
        new("python-pika",
            Install: "Debian package python3-pika",
            Probes: [["/usr/bin/python3", "-c", "import pika"]],
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
    ];
}
