using System.Security.Cryptography;
using System.Text;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>The broker: its accounts and its virtual hosts. Any thread.</summary>
public sealed class Broker : IDisposable
{
    private readonly Dictionary<ShortString, VirtualHostRuntime> _virtualHosts = [];
    private readonly BrokerOptions _options;

    private Broker(BrokerOptions options) => _options = options;

    /// <summary>Recovers every virtual host and starts it.</summary>
    /// <param name="options">What the broker is started with.</param>
    /// <param name="journals">Where the journals are.</param>
    /// <param name="time">The clock and its timers.</param>
    /// <param name="failed">Called when the broker cannot go on; the process should end.</param>
    public static Broker Open(BrokerOptions options, IJournalFactory journals, TimeProvider time, Action<Exception> failed)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(journals);
        var broker = new Broker(options);
        ShortString name = ShortString.FromString(options.DefaultVirtualHost);
        var host = new VirtualHost(name, RandomNumberGenerator.Fill);
        var replay = new Replay(host);
        IJournal journal = journals.Open("default", replay, out bool cleanStop);
        replay.Complete(journal, cleanStop);
        host.Attach(journal);
        broker._virtualHosts.Add(name, new VirtualHostRuntime(host, journal, time, failed));
        return broker;
    }

    /// <summary>The virtual host of this name, or null.</summary>
    public VirtualHostRuntime? FindVirtualHost(ShortString name) => _virtualHosts.GetValueOrDefault(name);

    /// <summary>The account, if name and password are right; otherwise null. An empty password is never right.</summary>
    public User? Login(ShortString name, ReadOnlySpan<byte> password)
    {
        bool right = CryptographicOperations.FixedTimeEquals(password, Encoding.UTF8.GetBytes(_options.DefaultPassword));
        return right && !password.IsEmpty && name == ShortString.FromString(_options.DefaultUser)
            ? new User { Name = name, Tags = ["administrator"] }
            : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (VirtualHostRuntime host in _virtualHosts.Values)
        {
            host.Dispose();
        }
    }
}
