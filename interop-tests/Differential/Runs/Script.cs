using AmqpBroker.Differential.Wire;
using AmqpBroker.Interop.Shared;

namespace AmqpBroker.Differential.Runs;

/// <summary>One run of a scenario against one broker: its connections, its names, its transcript. For one thread.</summary>
internal sealed partial class Script(IBroker broker, string prefix)
{
    private readonly List<Peer> _peers = [];

    /// <summary>The broker as one that this scenario alone uses.</summary>
    private BrokerUnderTest Own =>
        broker as BrokerUnderTest ?? throw new InvalidOperationException("Only scenarios of a class with [OwnBrokers] may stop a broker or raise its alarms.");

    public Transcript Transcript { get; } = new();

    /// <summary>Headers of releases after 3.10.8 are part of the transcript: set where they are what the scenario is about.</summary>
    public bool ShowsNewerHeaders { get; set; }

    public string Host => broker.Host;

    public int Port => broker.Port;

    /// <summary>A name of this scenario alone; the empty name and <c>amq.…</c> stay as they are.</summary>
    public string this[string name] =>
        name.Length == 0 || name.StartsWith("amq.", StringComparison.Ordinal) ? name : prefix + name;

    /// <summary>A connection that is open: as guest on "/", or as <paramref name="login"/> says.</summary>
    public Peer Connect(string? name = null, (string, object?)[]? clientProperties = null, Login? login = null)
    {
        Peer peer = Raw(name);
        peer.Handshake(clientProperties ?? Peer.FullProperties, login ?? Login.Guest);
        return peer;
    }

    /// <summary>A connection of which the scenario does the handshake itself.</summary>
    public Peer Raw(string? name = null)
    {
        Peer peer = new(this, name ?? $"connection {_peers.Count + 1}");
        _peers.Add(peer);
        return peer;
    }

    /// <summary>The first channel of a new connection.</summary>
    public Ch Channel() => Connect().Channel();

    /// <summary>Lets time pass where the passing of time is what is tested.</summary>
    public void Pass(int milliseconds)
    {
        Transcript.Note($"(pass {milliseconds} ms)");
        Thread.Sleep(milliseconds); // waits because the passing of time is what the scenario is about
    }

    /// <summary>Takes in what still comes before a round trip on every channel, and closes what is open.</summary>
    public void Finish()
    {
        foreach (Peer peer in _peers)
        {
            peer.Finish();
        }
    }

    public void Dispose()
    {
        DeleteOwnAccounts();
        foreach (Peer peer in _peers)
        {
            peer.Dispose();
        }
    }
}
