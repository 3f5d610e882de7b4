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
    ];
}
