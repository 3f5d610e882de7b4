using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using AmqpBroker.Core.Users;
using AmqpBroker.Core.VirtualHosts;
using AmqpBroker.Protocol;
using AmqpBroker.Storage;

namespace AmqpBroker.Core.Brokers;

/// <summary>
/// Accounts, virtual hosts and who may use which: what belongs to the whole server. Kept in a journal of its own. Any thread
/// reads; changes are made one at a time and are durable when their call returns.
/// </summary>
internal sealed class Accounts : IJournalReplay, ICommitListener
{
    private readonly object _gate = new();
    private ImmutableDictionary<ShortString, User> _users = ImmutableDictionary<ShortString, User>.Empty;
    private ImmutableDictionary<ShortString, int> _virtualHosts = ImmutableDictionary<ShortString, int>.Empty;
    private ImmutableDictionary<(ShortString User, ShortString VirtualHost), Permissions> _permissions =
        ImmutableDictionary<(ShortString User, ShortString VirtualHost), Permissions>.Empty;
    private IJournal? _journal;
    private Exception? _failure;
    private int _lastVirtualHost;

    private enum RecordKind : byte
    {
        User = 1,
        VirtualHost = 2,
        Permissions = 3,
    }

    /// <summary>There is nothing yet: the first start.</summary>
    internal bool IsEmpty => _users.IsEmpty && _virtualHosts.IsEmpty;

    /// <summary>The virtual hosts by name, with the number that names their journal.</summary>
    internal ImmutableDictionary<ShortString, int> VirtualHosts => _virtualHosts;

    internal User? FindUser(ShortString name) => _users.GetValueOrDefault(name);

    /// <summary>What the account may do in the virtual host; null when it may not use it at all.</summary>
    internal Permissions? FindPermissions(ShortString user, ShortString virtualHost) =>
        _permissions.GetValueOrDefault((user, virtualHost));

    /// <summary>From here on changes can be made.</summary>
    internal void Attach(IJournal journal)
    {
        _journal = journal;
        journal.Subscribe(this);
    }

    internal void PutUser(User user) => Change(RecordKind.User, writer =>
    {
        writer.Name(user.Name);
        writer.Bytes(user.PasswordHash.Span);
        writer.Number(user.Tags.Count);
        foreach (string tag in user.Tags)
        {
            writer.Name(ShortString.FromString(tag));
        }
    });

    internal void PutVirtualHost(ShortString name) => Change(RecordKind.VirtualHost, writer =>
    {
        writer.Name(name);
        writer.Number(_lastVirtualHost + 1);
    });

    internal void PutPermissions(ShortString user, ShortString virtualHost, Permissions permissions) =>
        Change(RecordKind.Permissions, writer =>
        {
            writer.Name(user);
            writer.Name(virtualHost);
            writer.Bytes(Encoding.UTF8.GetBytes(permissions.Configure));
            writer.Bytes(Encoding.UTF8.GetBytes(permissions.Write));
            writer.Bytes(Encoding.UTF8.GetBytes(permissions.Read));
        });

    void IJournalReplay.Image(long stamp, ReadOnlySpan<byte> image) =>
        throw new InvalidDataException("The server's journal has no checkpoints.");

    void IJournalReplay.Record(long position, ReadOnlySpan<byte> record) => Apply(record);

    void IJournalReplay.Progress(long bytesDone, long bytesTotal)
    {
    }

    void ICommitListener.Committed(long position) => Wake();

    void ICommitListener.Failed(Exception exception)
    {
        lock (_gate)
        {
            _failure = exception;
            Monitor.PulseAll(_gate);
        }
    }

    void ICommitListener.RoomAvailable()
    {
        // A change waits for its commit, so there is never more than one on the way.
    }

    void ICommitListener.DiskFull(bool full)
    {
        // The journal retries; the change goes on waiting, and the virtual hosts' journals raise the alarm.
    }

    void ICommitListener.CheckpointCompleted(long replayFrom)
    {
    }

    void ICommitListener.CheckpointFailed(Exception exception)
    {
    }

    private void Wake()
    {
        lock (_gate)
        {
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Logs a change, waits until it is durable, and lets it take effect.</summary>
    private void Change(RecordKind kind, Action<RecordWriter> write)
    {
        var record = new ArrayBufferWriter<byte>();
        lock (_gate)
        {
            IJournal journal = _journal ?? throw new InvalidOperationException("The accounts have no journal yet.");
            var writer = new RecordWriter(record);
            writer.Byte((byte)kind);
            write(writer);
            JournalBatch batch = journal.Begin();
            batch.BeginRecord();
            batch.Write(record.WrittenSpan);
            batch.EndRecord();
            journal.Append(batch);
            long end = journal.NextPosition;
            while (journal.CommittedPosition < end)
            {
                if (_failure is not null)
                {
                    throw new JournalFailedException("The accounts' journal has failed.", _failure);
                }

                Monitor.Wait(_gate);
            }

            Apply(record.WrittenSpan);
        }
    }

    private static string Text(ref RecordReader reader) => Encoding.UTF8.GetString(reader.Bytes());

    private void Apply(ReadOnlySpan<byte> record)
    {
        var reader = new RecordReader(record);
        switch ((RecordKind)reader.Byte())
        {
            case RecordKind.User:
                ShortString name = reader.Name();
                byte[] hash = reader.Bytes().ToArray();
                var tags = new string[reader.Count()];
                for (int i = 0; i < tags.Length; i++)
                {
                    tags[i] = reader.Name().ToString();
                }

                _users = _users.SetItem(name, new User { Name = name, PasswordHash = hash, Tags = tags });
                break;
            case RecordKind.VirtualHost:
                ShortString virtualHost = reader.Name();
                _lastVirtualHost = reader.Count();
                _virtualHosts = _virtualHosts.SetItem(virtualHost, _lastVirtualHost);
                break;
            case RecordKind.Permissions:
                (ShortString, ShortString) key = (reader.Name(), reader.Name());
                _permissions = _permissions.SetItem(key, new Permissions(Text(ref reader), Text(ref reader), Text(ref reader)));
                break;
            default:
                throw new InvalidDataException("A record of unknown kind in the server's journal.");
        }
    }
}
