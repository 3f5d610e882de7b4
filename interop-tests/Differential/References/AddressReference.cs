using System.Net.Sockets;
using System.Text.Json.Nodes;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.References;

/// <summary>
/// A RabbitMQ that runs already and goes on running. All names of a run begin with a prefix of its own; at the end what is left
/// of them in the virtual host "/" is deleted.
/// </summary>
internal sealed class AddressReference(ReferenceAddress address) : IBroker
{
    public string Host => address.Host;

    public int Port => address.Port;

    public int? ManagementPort => address.ManagementPort;

    public string NamePrefix { get; } = $"run-{Random.Shared.Next(0x10000):x4}.";

    public string RecentOutput => "(what it prints is not at hand)";

    public bool IsRunning
    {
        get
        {
            using Socket socket = new(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                socket.Connect(Host, Port);
                return true;
            }
            catch (SocketException)
            {
                return false; // nobody listens any more
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!IsRunning)
        {
            return;
        }

        using HttpManager http = new(Host, address.ManagementPort, address.User, address.Password);
        foreach (string kind in (string[])["policies", "operator-policies", "queues", "exchanges"])
        {
            JsonNode all = await http.GetAsync($"/api/{kind}/%2F");
            foreach (string name in all.AsArray().Select(one => (string)one!["name"]!).Where(name => name.StartsWith(NamePrefix, StringComparison.Ordinal)))
            {
                await http.DeleteAsync($"/api/{kind}/%2F/{Uri.EscapeDataString(name)}");
            }
        }
    }
}
