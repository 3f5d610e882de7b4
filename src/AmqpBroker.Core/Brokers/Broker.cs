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
    private readonly Accounts _accounts;
    private readonly IJournal _accountsJournal;

    private Broker(Accounts accounts, IJournal accountsJournal)
    {
        _accounts = accounts;
        _accountsJournal = accountsJournal;
    }

    /// <summary>Recovers the accounts and every virtual host; at the first start makes the default ones.</summary>
    /// <param name="options">What the broker is started with.</param>
    /// <param name="journals">Where the journals are.</param>
    /// <param name="time">The clock and its timers.</param>
    /// <param name="failed">Called when the broker cannot go on; the process should end.</param>
    /// <param name="warn">Told what was lost, and what does not work for now. Any thread.</param>
    public static Broker Open(BrokerOptions options, IJournalFactory journals, TimeProvider time, Action<Exception> failed, Action<string>? warn = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(journals);
        var accounts = new Accounts();
        IJournal accountsJournal = journals.Open("server", accounts, out _);
        var broker = new Broker(accounts, accountsJournal);
        try
        {
            accounts.Attach(accountsJournal);
            if (accounts.IsEmpty)
            {
                broker.CreateDefaults(options);
            }

            foreach ((ShortString name, int number) in accounts.VirtualHosts)
            {
                broker.Start(name, $"vhost-{number}", options.Limits, journals, time, failed, warn ?? (static _ => { }));
            }
        }
        catch
        {
            broker.Dispose();
            throw;
        }

        return broker;
    }

    /// <summary>The virtual host of this name, or null.</summary>
    public VirtualHostRuntime? FindVirtualHost(ShortString name) => _virtualHosts.GetValueOrDefault(name);

    /// <summary>The accounts and what they may do.</summary>
    internal Accounts Accounts => _accounts;

    /// <summary>All virtual hosts.</summary>
    internal IReadOnlyCollection<VirtualHostRuntime> VirtualHosts => _virtualHosts.Values;

    /// <summary>The account, if name and password are right; otherwise null. An empty password is never right.</summary>
    public User? Login(ShortString name, ReadOnlySpan<byte> password) =>
        _accounts.FindUser(name) is { } user && PasswordHash.Verify(user.PasswordHash.Span, password) ? user : null;

    /// <summary>What the account may do in the virtual host; null when it may not use it at all.</summary>
    public Permissions? PermissionsOf(User user, ShortString virtualHost)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _accounts.FindPermissions(user.Name, virtualHost);
    }

    /// <summary>Whether the account may use the virtual host at all.</summary>
    internal bool HasPermissions(ShortString user, ShortString virtualHost) => _accounts.FindPermissions(user, virtualHost) is not null;

    /// <summary>Closes the journals in order: what was logged is durable. No command may be under way.</summary>
    public void Dispose()
    {
        foreach (VirtualHostRuntime host in _virtualHosts.Values)
        {
            host.Dispose();
        }

        _accountsJournal.Dispose();
    }

    private void CreateDefaults(BrokerOptions options)
    {
        ShortString user = ShortString.FromString(options.DefaultUser);
        ShortString virtualHost = ShortString.FromString(options.DefaultVirtualHost);
        _accounts.PutVirtualHost(virtualHost);
        _accounts.PutPermissions(user, virtualHost, Permissions.All);
        _accounts.PutUser(new User
        {
            Name = user,
            PasswordHash = PasswordHash.Create(Encoding.UTF8.GetBytes(options.DefaultPassword)),
            Tags = ["administrator"],
        });
    }

    private void Start(ShortString name, string journalName, VirtualHostLimits limits, IJournalFactory journals, TimeProvider time, Action<Exception> failed, Action<string> warn)
    {
        var host = new VirtualHost(name, RandomNumberGenerator.Fill) { Limits = limits };
        var replay = new Replay(host);
        IJournal journal = journals.Open(journalName, replay, out bool cleanStop);
        replay.Complete(journal, cleanStop);
        replay.Lost.ForEach(what => warn($"Virtual host '{name}': {what}"));
        host.Attach(journal);
        _virtualHosts.Add(name, new VirtualHostRuntime(host, journal, time, failed) { Warn = warn });
    }
}
