using System.Security.Cryptography;
using System.Text;
using AmqpBroker.Core.Snapshots;

namespace AmqpBroker.Management.Requests;

/// <summary>
/// Looks after logins: passwords are checked one at a time, and a right one need not be checked again for a minute. Of a
/// password a keyed hash is kept, whose key lives as long as the process. Any thread.
/// </summary>
internal sealed class LoginCache(BrokerView broker, TimeProvider time) : IDisposable
{
    /// <summary>Monitors and pages ask many times a minute.</summary>
    private static readonly TimeSpan s_kept = TimeSpan.FromMinutes(1);

    /// <summary>More logins than these within a minute are checked each time: some 200 bytes each.</summary>
    private const int MaxKept = 1024;

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Login> _logins = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _checking = new(1);
    private long _succeeded;
    private long _failed;

    /// <summary>Logins that were right, and those that were not.</summary>
    public (long Succeeded, long Failed) Attempts => (Interlocked.Read(ref _succeeded), Interlocked.Read(ref _failed));

    /// <summary>The account, if the login is right; otherwise null.</summary>
    /// <param name="credentials">Name and password with a colon between them.</param>
    /// <param name="cancellation">Gives it up.</param>
    public async Task<AccountInfo?> LoginAsync(byte[] credentials, CancellationToken cancellation)
    {
        int colon = Array.IndexOf(credentials, (byte)':');
        string name = Encoding.UTF8.GetString(credentials.AsSpan(0, colon));
        string mark = Convert.ToBase64String(HMACSHA256.HashData(_key, credentials));
        if (Find(name, mark) is not { } account)
        {
            await _checking.WaitAsync(cancellation).ConfigureAwait(false);
            try
            {
                account = Find(name, mark) ?? Check(name, mark, credentials.AsSpan(colon + 1));
            }
            finally
            {
                _checking.Release();
            }
        }

        Interlocked.Increment(ref account is null ? ref _failed : ref _succeeded);
        return account;
    }

    /// <summary>No login may be under way.</summary>
    public void Dispose() => _checking.Dispose();

    /// <summary>Forgets how many logins there were.</summary>
    public void ResetAttempts()
    {
        Interlocked.Exchange(ref _succeeded, 0);
        Interlocked.Exchange(ref _failed, 0);
    }

    private AccountInfo? Check(string name, string mark, ReadOnlySpan<byte> password)
    {
        // The account before the check: a password that is changed meanwhile is not taken for this one.
        UserInfo? user = broker.Accounts.FindUser(name);
        AccountInfo? account = broker.Login(name, password);
        if (account is not null && user is not null)
        {
            Keep(mark, new Login(user.PasswordHash, time.GetTimestamp()));
        }

        return account;
    }

    /// <summary>The account, if it logged in like this and its password is the same as then.</summary>
    private AccountInfo? Find(string name, string mark)
    {
        Login? login;
        lock (_gate)
        {
            _logins.TryGetValue(mark, out login);
        }

        return login is not null && time.GetElapsedTime(login.At) < s_kept
            && broker.Accounts.FindUser(name) is { } user && user.PasswordHash.Span.SequenceEqual(login.PasswordHash.Span)
                ? new AccountInfo(user.Name, user.Tags)
                : null;
    }

    private void Keep(string mark, Login login)
    {
        lock (_gate)
        {
            if (_logins.Count >= MaxKept)
            {
                foreach ((string old, Login of) in _logins.ToArray())
                {
                    if (time.GetElapsedTime(of.At) >= s_kept)
                    {
                        _logins.Remove(old);
                    }
                }
            }

            if (_logins.Count < MaxKept)
            {
                _logins[mark] = login;
            }
        }
    }

    private sealed record Login(ReadOnlyMemory<byte> PasswordHash, long At);
}
