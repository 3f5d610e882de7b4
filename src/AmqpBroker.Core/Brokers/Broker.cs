using System.Text;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>The broker: its accounts and its virtual hosts. Any thread.</summary>
public sealed partial class Broker : IDisposable
{
    /// <summary>The journal of what belongs to the whole server.</summary>
    public const string AccountsJournal = "server";

    private readonly Accounts _accounts;
    private readonly IJournal _accountsJournal;
    private readonly IJournalFactory _journals;
    private readonly TimeProvider _time;
    private readonly VirtualHostLimits _limits;
    private readonly long _checkpointBytes;
    private readonly Action<Exception> _failed;
    private readonly Action<string> _warn;
    private readonly DiskPatience _disk;

    private Broker(
        Accounts accounts,
        IJournal accountsJournal,
        BrokerOptions options,
        IJournalFactory journals,
        TimeProvider time,
        Action<Exception> failed,
        Action<string> warn)
    {
        _limits = options.Limits;
        _checkpointBytes = options.CheckpointBytes;
        _accounts = accounts;
        _accountsJournal = accountsJournal;
        _journals = journals;
        _time = time;
        _failed = failed;
        _warn = warn;
        Admissions = new Admissions(accounts, FindVirtualHost, Remove);
        _disk = new DiskPatience(time, () => DiskFull, warn);
        Administration = new Administration(this, accounts, _disk);
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
        warn ??= static _ => { };
        var accounts = new Accounts(failed, warn) { CheckpointAfterBytes = Math.Min(Accounts.CheckpointBytes, options.CheckpointBytes) };
        IJournal accountsJournal = journals.Open(AccountsJournal, accounts, out _);
        var broker = new Broker(accounts, accountsJournal, options, journals, time, failed, warn);
        try
        {
            accounts.Attach(accountsJournal);
            if (accounts.State.IsFirstStart)
            {
                broker.CreateDefaults(options);
            }

            broker.NoteUnknownJournals();
            broker.StartVirtualHosts();
        }
        catch
        {
            broker.Dispose();
            throw;
        }

        return broker;
    }

    /// <summary>Changes accounts, permissions, virtual hosts and limits.</summary>
    public Administration Administration { get; }

    /// <summary>Who may do what, as sessions ask it.</summary>
    public IAccessRules AccessRules => _accounts;

    /// <summary>A journal, of a virtual host or of the accounts, waits for room on the disk.</summary>
    public bool DiskFull => _accounts.DiskFull || VirtualHosts.Any(static h => h.DiskFull);

    /// <summary>The disk is nearly full: journals give back what they can. To be said again while that lasts.</summary>
    public void MakeRoom()
    {
        foreach (VirtualHostRuntime host in VirtualHosts)
        {
            host.MakeRoom();
        }
    }

    /// <summary>Places of the store that were found damaged, and what was missing from queues when journals were opened.</summary>
    public int DamagedPlaces => _journals.DamagedPlaces + Volatile.Read(ref _lost);

    /// <summary>The accounts and what they may do.</summary>
    internal Accounts Accounts => _accounts;

    internal Admissions Admissions { get; }

    /// <summary>The account, if name and password are right; otherwise null. An empty password is never right.</summary>
    public User? Login(ShortString name, ReadOnlySpan<byte> password) =>
        _accounts.FindUser(name) is { } user && PasswordHash.Verify(user.PasswordHash.Span, password, user.Hashing) ? user : null;

    /// <summary>What the account may do in the virtual host; null when it may not use it at all.</summary>
    public Permissions? PermissionsOf(User user, ShortString virtualHost)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _accounts.FindPermissions(user.Name, virtualHost);
    }

    /// <summary>Lets a connection use a virtual host (connection.open).</summary>
    /// <exception cref="ConnectionException">530: there is no such virtual host, a limit is reached, or the user may not use it.</exception>
    public Admission Admit(User user, ShortString virtualHost, IAdmittedConnection connection)
    {
        ArgumentNullException.ThrowIfNull(user);
        return Admissions.Admit(user, virtualHost, connection);
    }

    /// <summary>Whether the account may use the virtual host at all.</summary>
    internal bool HasPermissions(ShortString user, ShortString virtualHost) => _accounts.FindPermissions(user, virtualHost) is not null;

    /// <summary>Closes the journals in order: what was logged is durable. No command may be under way.</summary>
    public void Dispose()
    {
        DisposeVirtualHosts();
        _accountsJournal.Dispose();
        _accounts.Dispose();
    }

    /// <summary>In one batch: a start that is interrupted leaves all of it or nothing.</summary>
    private void CreateDefaults(BrokerOptions options)
    {
        ShortString user = ShortString.FromString(options.DefaultUser);
        ShortString virtualHost = ShortString.FromString(options.DefaultVirtualHost);
        Await(turn => _accounts.ChangeAsync(
            state =>
            [
                new VirtualHostPut(virtualHost, state.LastVirtualHost + 1, VirtualHostSettings.Default),
                new PermissionsPut(user, virtualHost, Permissions.All),
                new UserPut(new User
                {
                    Name = user,
                    PasswordHash = PasswordHash.Create(Encoding.UTF8.GetBytes(options.DefaultPassword)),
                    Tags = ["administrator"],
                }),
            ],
            turn));
    }

    /// <summary>Waits for a change where a thread is there for it: at the start, and while a virtual host is removed.</summary>
    /// <exception cref="AdministrationException">The disk did not take it in time.</exception>
    private void Await(Func<ChangeTurn, Task> change) => _disk.WaitAsync(change).GetAwaiter().GetResult();
}
