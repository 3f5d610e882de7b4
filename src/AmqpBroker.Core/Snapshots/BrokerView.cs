using System.Text;
using AmqpBroker.Core.Brokers;
using AmqpBroker.Core.Clients;
using AmqpBroker.Core.Sessions;
using AmqpBroker.Core.Statistics;
using AmqpBroker.Protocol;

namespace AmqpBroker.Core.Snapshots;

/// <summary>Reads a broker for management: names are text, and what is given away are copies. Any thread.</summary>
public sealed class BrokerView
{
    private readonly Broker _broker;

    /// <summary>A view of this broker, usable until the broker is disposed.</summary>
    public BrokerView(Broker broker)
    {
        ArgumentNullException.ThrowIfNull(broker);
        _broker = broker;
    }

    /// <summary>What changes it.</summary>
    public Administration Administration => _broker.Administration;

    /// <summary>Places of the store that were found damaged since the start.</summary>
    public int DamagedPlaces => _broker.DamagedPlaces;

    /// <summary>Accounts and permissions, as they are now.</summary>
    public AccountsView Accounts => new(_broker.Accounts.State);

    /// <summary>Parameters, as they are now.</summary>
    public ParametersView Parameters => new(_broker.Accounts.State);

    /// <summary>All virtual hosts, by name.</summary>
    public IReadOnlyList<VirtualHostView> VirtualHosts =>
        [.. _broker.VirtualHosts.Select(static h => new VirtualHostView(h)).OrderBy(static h => h.Name, StringComparer.Ordinal)];

    /// <summary>The virtual host of this name; null if there is none.</summary>
    public VirtualHostView? FindVirtualHost(string name) =>
        ToShortString(name) is { } key && _broker.FindVirtualHost(key) is { } host ? new VirtualHostView(host) : null;

    /// <summary>The account, if name and password are right; otherwise null.</summary>
    public AccountInfo? Login(string name, ReadOnlySpan<byte> password) =>
        ToShortString(name) is { } key && _broker.Login(key, password) is { } user
            ? new AccountInfo(Capture.Text(user.Name), user.Tags)
            : null;

    /// <summary>Whether the account has permissions in the virtual host, whatever they are.</summary>
    public bool HasPermissions(AccountInfo account, string virtualHost)
    {
        ArgumentNullException.ThrowIfNull(account);
        return ToShortString(account.Name) is { } user && ToShortString(virtualHost) is { } host
            && _broker.HasPermissions(user, host);
    }

    /// <summary>Has all that is counted sampled from now on.</summary>
    /// <param name="intervalMs">From one sample to the next, in milliseconds.</param>
    /// <param name="alsoSample">Called at each tick, on no certain thread.</param>
    public Sampler StartSampling(int intervalMs, Action<long> alsoSample) => new(_broker, TimeProvider.System, intervalMs, alsoSample);

    /// <summary>A client of the account's in the virtual host, with its rights and limits.</summary>
    /// <param name="account">Who asks.</param>
    /// <param name="virtualHost">Where.</param>
    /// <param name="keptBodyBytes">How much it keeps of the bodies of messages that it takes.</param>
    /// <param name="cancellation">Gives it up.</param>
    /// <exception cref="RefusedException">The account may not use it, or a limit is reached.</exception>
    public async Task<BrokerClient> ConnectAsync(
        AccountInfo account, string virtualHost, int keptBodyBytes, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(account);
        if (ToShortString(virtualHost) is not { } host
            || ToShortString(account.Name) is not { } name || _broker.Accounts.FindUser(name) is not { } user)
        {
            throw new RefusedException(RefusedException.AccessRefused, "ACCESS_REFUSED", "");
        }

        var identity = new SessionIdentity { User = user, AccessRules = _broker.AccessRules, ConnectionName = "HTTP API" };
        var client = new BrokerClient(_broker, identity, host, keptBodyBytes);
        try
        {
            await client.OpenAsync(cancellation).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Null for a name that is too long to be one.</summary>
    internal static ShortString? ToShortString(string name) =>
        Encoding.UTF8.GetByteCount(name) <= ShortString.MaxLength ? ShortString.FromString(name) : null;
}
