using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Cryptography;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <content>
/// Virtual hosts come and go. A deleted one is not found any more, but goes on until the last of its connections has ended;
/// then its journal is closed and its files are removed, at the next start if not before.
/// </content>
public sealed partial class Broker
{
    private readonly ConcurrentDictionary<ShortString, VirtualHostRuntime> _virtualHosts = new();
    private readonly ConcurrentDictionary<VirtualHostRuntime, int> _numbers = new();
    private int _lost;
    private readonly ConcurrentDictionary<Task, bool> _removals = new();

    // Held while a virtual host is made, changed or deleted: what is found agrees with the accounts.
    private readonly SemaphoreSlim _virtualHostChanges = new(1);

    /// <summary>All virtual hosts.</summary>
    internal ICollection<VirtualHostRuntime> VirtualHosts => _virtualHosts.Values;

    /// <summary>The virtual host of this name, or null.</summary>
    public VirtualHostRuntime? FindVirtualHost(ShortString name) => _virtualHosts.GetValueOrDefault(name);

    internal Task<bool> PutVirtualHostAsync(
        ShortString name, Func<VirtualHostSettings, VirtualHostSettings> change, ShortString? grantedTo, ChangeTurn turn) =>
        AloneAsync(turn, async () =>
        {
            AccountsState state = _accounts.State;
            if (state.VirtualHosts.ContainsKey(name))
            {
                await ChangeAsync(name, change, turn).ConfigureAwait(false);
                return false;
            }

            VirtualHostSettings settings = change(VirtualHostSettings.Default);
            int number = state.LastVirtualHost + 1;
            VirtualHostRuntime runtime = Open(name, number, settings);
            try
            {
                AccountChange put = new VirtualHostPut(name, number, settings);
                await _accounts.ChangeAsync(
                    now => grantedTo is { } user && now.Users.ContainsKey(user)
                        ? [put, new PermissionsPut(user, name, Permissions.All)]
                        : [put],
                    turn).ConfigureAwait(false);
            }
            catch
            {
                runtime.Dispose();
                throw;
            }

            Add(runtime, number);
            return true;
        });

    internal Task ChangeVirtualHostAsync(ShortString name, Func<VirtualHostSettings, VirtualHostSettings> change, ChangeTurn turn) =>
        AloneAsync(turn, async () =>
        {
            await ChangeAsync(name, change, turn).ConfigureAwait(false);
            return true;
        });

    internal async Task DeleteVirtualHostAsync(ShortString name, ChangeTurn turn)
    {
        VirtualHostRuntime? deleted = await AloneAsync(turn, async () =>
        {
            await _accounts.ChangeAsync(
                state =>
                {
                    if (!state.VirtualHosts.TryGetValue(name, out var host))
                    {
                        throw NoVirtualHost(name);
                    }

                    return host.Settings.ProtectedFromDeletion
                        ? throw new AdministrationException(
                            Refusal.Protected, $"Refusing to delete virtual host '{name}' because it is protected from deletion")
                        : [new VirtualHostDeleted(name)];
                },
                turn).ConfigureAwait(false);
            _virtualHosts.TryRemove(name, out VirtualHostRuntime? removed);
            return removed;
        }).ConfigureAwait(false);
        Admissions.CloseAllOf(deleted!, $"vhost '{name}' is deleted");
    }

    private async Task<T> AloneAsync<T>(ChangeTurn turn, Func<Task<T>> change)
    {
        await _virtualHostChanges.WaitAsync(turn.Waiting).ConfigureAwait(false);
        try
        {
            return await change().ConfigureAwait(false);
        }
        finally
        {
            _virtualHostChanges.Release();
        }
    }

    private async Task ChangeAsync(ShortString name, Func<VirtualHostSettings, VirtualHostSettings> change, ChangeTurn turn)
    {
        AccountsState state = await _accounts.ChangeAsync(
            state => state.VirtualHosts.TryGetValue(name, out var host)
                ? [new VirtualHostPut(name, host.Number, change(host.Settings))]
                : throw NoVirtualHost(name),
            turn).ConfigureAwait(false);
        _virtualHosts[name].Host.Settings = state.VirtualHosts[name].Settings;
    }

    private static AdministrationException NoVirtualHost(ShortString name) => new(Refusal.NotFound, $"no vhost '{name}'");

    private const string JournalPrefix = "vhost-";

    private static string JournalName(int number) => $"{JournalPrefix}{number}";

    /// <summary>
    /// A journal that no virtual host is known for is kept as it is, and its number is not given to another: what named it may
    /// have been damaged, and is then said elsewhere too.
    /// </summary>
    private void NoteUnknownJournals()
    {
        AccountsState state = _accounts.State;
        HashSet<int> known = [.. state.Removals, .. state.VirtualHosts.Values.Select(static h => h.Number)];
        int highest = 0;
        foreach (string name in _journals.Existing)
        {
            if (name.StartsWith(JournalPrefix, StringComparison.Ordinal)
                && int.TryParse(name.AsSpan(JournalPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                && !known.Contains(number))
            {
                highest = Math.Max(highest, number);
                _warn($"The journal '{name}' belongs to no virtual host that is known; it is left as it is");
            }
        }

        if (highest > state.LastVirtualHost)
        {
            Await(turn => _accounts.ChangeAsync(_ => [new NumbersSet(highest, [])], turn));
        }
    }

    private void StartVirtualHosts()
    {
        foreach (int number in _accounts.State.Removals)
        {
            RemoveFiles(number);
        }

        foreach ((ShortString name, (int number, VirtualHostSettings settings)) in _accounts.State.VirtualHosts)
        {
            Add(Open(name, number, settings), number);
        }
    }

    private VirtualHostRuntime Open(ShortString name, int number, VirtualHostSettings settings)
    {
        var host = new VirtualHost(name, RandomNumberGenerator.Fill) { Settings = settings, Limits = _limits };
        var replay = new Replay(host);
        IJournal journal = _journals.Open(JournalName(number), replay, out bool cleanStop);
        replay.Complete(journal, cleanStop);
        Interlocked.Add(ref _lost, replay.Lost.Count);
        foreach (string what in replay.Lost.Concat(replay.LostWithDamage))
        {
            _warn($"Virtual host '{name}': {what}");
        }

        host.Attach(journal);
        return new VirtualHostRuntime(host, journal, _time, _failed, _warn) { CheckpointBytes = _checkpointBytes };
    }

    private void Add(VirtualHostRuntime runtime, int number)
    {
        _numbers[runtime] = number;
        _virtualHosts[runtime.Name] = runtime;
    }

    /// <summary>Nobody uses a deleted virtual host any more. Its journal takes its time to close: not on the caller's thread.</summary>
    private void Remove(VirtualHostRuntime deleted)
    {
        _numbers.TryRemove(deleted, out int number);
        var removed = new Task(() =>
        {
            deleted.Retire();
            RemoveFiles(number);
        });
        _removals[removed] = true;
        removed.ContinueWith(
            task =>
            {
                _removals.TryRemove(task, out _);
                if (task.Exception is { } fault)
                {
                    _warn($"The deleted virtual host '{deleted.Name}' was not closed properly: {fault.InnerException?.Message}");
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.ExecuteSynchronously,
            TaskScheduler.Default);
        removed.Start(TaskScheduler.Default);
    }

    private void RemoveFiles(int number)
    {
        try
        {
            _journals.Delete(JournalName(number));
            Await(turn => _accounts.ChangeAsync(_ => [new VirtualHostRemoved(number)], turn));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JournalFailedException or AdministrationException)
        {
            _warn($"The files of a deleted virtual host ('{JournalName(number)}') stay until the next start: {e.Message}");
        }
    }

    private void DisposeVirtualHosts()
    {
        Task.WaitAll(_removals.Keys);
        foreach (VirtualHostRuntime host in _numbers.Keys)
        {
            host.Dispose();
        }
    }
}
