using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Brokers;

/// <summary>That a connection may use a virtual host, and what it counts for while it does. Any thread.</summary>
public sealed class Admission : IDisposable
{
    private readonly Admissions _admissions;

    internal Admission(Admissions admissions, UserCount user, VirtualHostRuntime virtualHost, IAdmittedConnection connection)
    {
        _admissions = admissions;
        User = user;
        VirtualHost = virtualHost;
        Connection = connection;
    }

    /// <summary>What the connection is on. It stays usable until the admission is disposed, even if it is deleted.</summary>
    public VirtualHostRuntime VirtualHost { get; }

    internal UserCount User { get; }

    internal IAdmittedConnection Connection { get; }

    /// <summary>Open channels of the connection.</summary>
    internal int Channels { get; set; }

    /// <summary>It counts for no limit any more.</summary>
    internal bool HasLeft { get; set; }

    /// <summary>The connection opens a channel.</summary>
    /// <exception cref="ConnectionException">530: the user has as many as it may.</exception>
    public void OpenChannel() => _admissions.OpenChannel(this);

    /// <summary>A channel has been closed.</summary>
    public void CloseChannel() => _admissions.CloseChannel(this);

    /// <summary>The client's session is over: from here on it counts for no limit.</summary>
    public void Leave() => _admissions.Leave(this);

    /// <summary>The connection will not touch the virtual host any more.</summary>
    public void Dispose() => _admissions.Release(this);

    /// <summary>What a user has open, over all connections. Guarded by the admissions' lock.</summary>
    internal sealed class UserCount(ShortString name)
    {
        public ShortString Name { get; } = name;

        public int Connections { get; set; }

        public int Channels { get; set; }
    }
}
