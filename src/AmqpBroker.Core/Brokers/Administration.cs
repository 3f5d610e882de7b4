using System.Text;
using AmqpBroker.Core.Definitions;
using AmqpBroker.Core.Users;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// The commands that change accounts, permissions, virtual hosts and limits while the broker runs. What a command did is
/// durable when its task completes, and every session sees it with its next command. Any thread. All may throw
/// <see cref="AdministrationException"/> (nothing has changed; or, when the disk is full, not yet: its text says which) and
/// <see cref="JournalFailedException"/> (the broker is about to stop). Names and patterns are text of at most 255 bytes in UTF-8.
/// </summary>
public sealed partial class Administration
{
    /// <summary>Longer patterns are nobody's: each costs memory in proportion for every session that uses it.</summary>
    private const int MaxPatternLength = 4096;

    /// <summary>Tags of a user or a virtual host.</summary>
    private const int MaxTags = 256;

    private readonly Broker _broker;
    private readonly Accounts _accounts;
    private readonly DiskPatience _disk;

    internal Administration(Broker broker, Accounts accounts, DiskPatience disk)
    {
        _broker = broker;
        _accounts = accounts;
        _disk = disk;
    }

    /// <summary>Makes an account, or changes its password and tags; its limits stay. Gives true when it is new.</summary>
    /// <param name="name">The account.</param>
    /// <param name="password">Its password; null or empty: nobody can log in with one.</param>
    /// <param name="tags">What it may do in management.</param>
    public Task<bool> PutUserAsync(string name, string? password, IReadOnlyList<string> tags) =>
        PutUserAsync(name, HashOf(password), PasswordHashing.Sha256, tags);

    /// <summary>As the other, with a password that was hashed before.</summary>
    /// <param name="name">The account.</param>
    /// <param name="passwordHash">Salt and hash as <see cref="PasswordHash"/> makes them; empty: nobody can log in with a password.</param>
    /// <param name="hashing">How it was hashed.</param>
    /// <param name="tags">What it may do in management.</param>
    public async Task<bool> PutUserAsync(string name, ReadOnlyMemory<byte> passwordHash, PasswordHashing hashing, IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        ShortString key = Name("user name", name);
        CheckTags(tags);
        bool created = false;
        await _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state =>
            {
                User? before = state.Users.GetValueOrDefault(key);
                created = before is null;
                return
                [
                    new UserPut((before ?? new User { Name = key }) with
                    {
                        PasswordHash = passwordHash.ToArray(), Hashing = hashing, Tags = [.. tags],
                    }),
                ];
            },
            turn)).ConfigureAwait(false);
        return created;
    }

    /// <summary>
    /// Makes what a set of definitions wants: all of it, or nothing when an entry cannot be. What there is already stays;
    /// accounts, permissions, parameters and policies become what is wanted.
    /// </summary>
    /// <returns>What was left out, for people.</returns>
    /// <exception cref="DefinitionException">An entry cannot be; nothing was done.</exception>
    /// <exception cref="OperationCanceledException">Cancelled: a part may have been done, and all of it is done by the same again.</exception>
    public Task<IReadOnlyList<string>> ImportAsync(DefinitionSet definitions, CancellationToken cancellation)
    {
        ArgumentNullException.ThrowIfNull(definitions);
        return DefinitionImport.RunAsync(_broker, _disk, definitions, cancellation);
    }

    /// <summary>Gives an account another password. Sessions that are open go on.</summary>
    public Task ChangePasswordAsync(string name, string password) =>
        ChangeUserAsync(name, user => user with { PasswordHash = HashOf(password), Hashing = PasswordHashing.Sha256 });

    /// <summary>Gives an account other tags.</summary>
    public Task SetUserTagsAsync(string name, IReadOnlyList<string> tags)
    {
        ArgumentNullException.ThrowIfNull(tags);
        CheckTags(tags);
        return ChangeUserAsync(name, user => user with { Tags = [.. tags] });
    }

    /// <summary>Limits what an account may have at a time. What it has already stays.</summary>
    public Task SetUserLimitsAsync(string name, Func<UserLimits, UserLimits> change)
    {
        ArgumentNullException.ThrowIfNull(change);
        return ChangeUserAsync(name, user => user with { Limits = change(user.Limits) });
    }

    /// <summary>Deletes an account with its permissions, and closes its connections (320 <c>user 'u' is deleted</c>).</summary>
    public Task DeleteUserAsync(string name) => DeleteUsersAsync([name]);

    /// <summary>Deletes accounts: all of them, or none when one does not exist.</summary>
    public Task DeleteUsersAsync(IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        ShortString[] keys = [.. names.Select(static name => Name("user name", name)).Distinct()];
        return _disk.WaitAsync(async turn =>
        {
            await _accounts.ChangeAsync(state => [.. keys.Select(key => new UserDeleted(User(state, key).Name))], turn).ConfigureAwait(false);
            foreach (ShortString key in keys)
            {
                _broker.Admissions.CloseAllOf(key, $"user '{key}' is deleted");
            }
        });
    }

    /// <summary>Says what an account may do in a virtual host. Gives true when it could not use it before.</summary>
    /// <param name="virtualHost">The virtual host.</param>
    /// <param name="user">The account.</param>
    /// <param name="configure">A regular expression for what it may declare and delete.</param>
    /// <param name="write">For what it may publish to and bind.</param>
    /// <param name="read">For what it may consume from and bind from.</param>
    public async Task<bool> SetPermissionsAsync(string virtualHost, string user, string configure, string write, string read)
    {
        CheckPattern(configure);
        CheckPattern(write);
        CheckPattern(read);
        (ShortString User, ShortString VirtualHost) key = (Name("user name", user), Name("vhost name", virtualHost));
        var permissions = new Permissions(configure, write, read);
        bool created = false;
        await _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state =>
            {
                CheckBothExist(state, key);
                created = !state.Permissions.ContainsKey(key);
                return [new PermissionsPut(key.User, key.VirtualHost, permissions)];
            },
            turn)).ConfigureAwait(false);
        return created;
    }

    /// <summary>The account may not use the virtual host any more: what its sessions there ask for is refused; they stay open.</summary>
    public Task ClearPermissionsAsync(string virtualHost, string user)
    {
        (ShortString User, ShortString VirtualHost) key = (Name("user name", user), Name("vhost name", virtualHost));
        return _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state => state.Permissions.ContainsKey(key)
                ? [new PermissionsCleared(key.User, key.VirtualHost)]
                : throw new AdministrationException(Refusal.NotFound, "there are no such permissions"),
            turn));
    }

    /// <summary>Says which routing keys an account may use on a topic exchange. Gives true when there were none for this account and virtual host.</summary>
    /// <param name="virtualHost">The virtual host.</param>
    /// <param name="user">The account.</param>
    /// <param name="exchange">The exchange, which need not exist.</param>
    /// <param name="write">A regular expression for keys to publish with; <c>{username}</c> and <c>{vhost}</c> are filled in.</param>
    /// <param name="read">For keys to bind with.</param>
    public async Task<bool> SetTopicPermissionsAsync(string virtualHost, string user, string exchange, string write, string read)
    {
        CheckPattern(write);
        CheckPattern(read);
        (ShortString User, ShortString VirtualHost) key = (Name("user name", user), Name("vhost name", virtualHost));
        ShortString exchangeName = Name("exchange name", exchange);
        bool created = false;
        await _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state =>
            {
                CheckBothExist(state, key);
                created = !state.TopicPermissions.ContainsKey(key);
                return [new TopicPermissionsPut(key.User, key.VirtualHost, exchangeName, new TopicPermissions(write, read))];
            },
            turn)).ConfigureAwait(false);
        return created;
    }

    /// <summary>Takes topic permissions back: on one exchange, or (null) on all of the virtual host.</summary>
    public Task ClearTopicPermissionsAsync(string virtualHost, string user, string? exchange = null)
    {
        (ShortString User, ShortString VirtualHost) key = (Name("user name", user), Name("vhost name", virtualHost));
        ShortString? exchangeName = exchange is null ? null : Name("exchange name", exchange);
        return _disk.WaitAsync(turn => _accounts.ChangeAsync(
            state => state.TopicPermissions.ContainsKey(key)
                ? [new TopicPermissionsCleared(key.User, key.VirtualHost, exchangeName)]
                : throw new AdministrationException(Refusal.NotFound, "there are no such topic permissions"),
            turn));
    }

    /// <exception cref="AdministrationException">Such an account cannot be.</exception>
    internal static void CheckUser(string name, IReadOnlyList<string> tags)
    {
        Name("user name", name);
        CheckTags(tags);
    }

    /// <exception cref="AdministrationException">One of them is none.</exception>
    internal static void CheckPatterns(params ReadOnlySpan<string> patterns)
    {
        foreach (string pattern in patterns)
        {
            CheckPattern(pattern);
        }
    }

    private static ReadOnlyMemory<byte> HashOf(string? password) =>
        string.IsNullOrEmpty(password) ? ReadOnlyMemory<byte>.Empty : PasswordHash.Create(Encoding.UTF8.GetBytes(password));

    private static ShortString Name(string what, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        return Encoding.UTF8.GetByteCount(name) <= ShortString.MaxLength
            ? ShortString.FromString(name)
            : throw new AdministrationException(Refusal.Invalid, $"{what} is longer than {ShortString.MaxLength} bytes");
    }

    private static void CheckTags(IReadOnlyList<string> tags)
    {
        if (tags.Count > MaxTags)
        {
            throw new AdministrationException(Refusal.Invalid, $"more than {MaxTags} tags");
        }

        foreach (string tag in tags)
        {
            Name("tag", tag);
        }
    }

    private static void CheckPattern(string pattern)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        if (pattern.Length > MaxPatternLength)
        {
            throw new AdministrationException(Refusal.Invalid, $"a pattern is longer than {MaxPatternLength} characters");
        }

        try
        {
            Permissions.Parse(pattern);
        }
        catch (ArgumentException e)
        {
            throw new AdministrationException(Refusal.Invalid, $"invalid_regexp: {pattern}: {e.Message}");
        }
    }

    private static User User(AccountsState state, ShortString name) => state.Users.GetValueOrDefault(name)
        ?? throw new AdministrationException(Refusal.NotFound, $"no user '{name}'");

    private static void CheckBothExist(AccountsState state, (ShortString User, ShortString VirtualHost) key)
    {
        if (!state.Users.ContainsKey(key.User) || !state.VirtualHosts.ContainsKey(key.VirtualHost))
        {
            throw new AdministrationException(Refusal.Invalid, "vhost_or_user_not_found");
        }
    }

    private Task<AccountsState> ChangeUserAsync(string name, Func<User, User> change)
    {
        ShortString key = Name("user name", name);
        return _disk.WaitAsync(turn => _accounts.ChangeAsync(state => [new UserPut(change(User(state, key)))], turn));
    }
}
