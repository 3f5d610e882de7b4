using System.Text;

namespace AmqpBroker.Storage.Tests;

/// <summary>Keeps what a journal reports.</summary>
internal sealed class RecordingListener : ICommitListener
{
    private readonly Lock _gate = new();
    private readonly List<(long Position, TaskCompletionSource Done)> _waiters = [];

    public long Position { get; private set; }

    public Exception? Failure { get; private set; }

    public int Failures { get; private set; }

    public int RoomCalls { get; private set; }

    public List<bool> Full { get; } = [];

    public List<long> Checkpoints { get; } = [];

    public List<Exception> CheckpointFailures { get; } = [];

    public TaskCompletionSource CheckpointEnded { get; set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public TaskCompletionSource Fenced { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Committed(long position)
    {
        lock (_gate)
        {
            Assert.True(position > Position, "positions only rise");
            Position = position;
            foreach ((long _, TaskCompletionSource done) in _waiters.Where(w => w.Position <= position))
            {
                done.TrySetResult();
            }

            _waiters.RemoveAll(w => w.Position <= position);
        }
    }

    public Task WhenCommitted(long position)
    {
        lock (_gate)
        {
            TaskCompletionSource done = new(TaskCreationOptions.RunContinuationsAsynchronously);
            if (Position >= position)
            {
                done.SetResult();
            }
            else
            {
                _waiters.Add((position, done));
            }

            return done.Task.WaitAsync(TimeSpan.FromSeconds(30));
        }
    }

    public void Failed(Exception exception)
    {
        Failure = exception;
        Failures++;
        Fenced.TrySetResult();
    }

    public void RoomAvailable() => RoomCalls++;

    public void DiskFull(bool full) => Full.Add(full);

    public void CheckpointCompleted(long replayFrom)
    {
        Checkpoints.Add(replayFrom);
        CheckpointEnded.TrySetResult();
    }

    public void CheckpointFailed(Exception exception)
    {
        CheckpointFailures.Add(exception);
        CheckpointEnded.TrySetResult();
    }
}

/// <summary>Keeps what a replay gives.</summary>
internal sealed class RecordingReplay : IJournalReplay
{
    public List<(long Stamp, byte[] Bytes)> Images { get; } = [];

    public List<(long Position, byte[] Bytes)> Records { get; } = [];

    public IEnumerable<string> Texts => Records.Select(r => Encoding.UTF8.GetString(r.Bytes));

    public void Image(long stamp, ReadOnlySpan<byte> image) => Images.Add((stamp, image.ToArray()));

    public void Record(long position, ReadOnlySpan<byte> record) => Records.Add((position, record.ToArray()));

    public void Progress(long bytesDone, long bytesTotal) => Assert.InRange(bytesDone, 0, bytesTotal);
}

/// <summary>Bytes of which references are counted.</summary>
internal sealed class CountedBytes(byte[] bytes) : IJournalBytesOwner
{
    private int _references;

    public byte[] Bytes => bytes;

    public int References => Volatile.Read(ref _references);

    public void Retain() => Interlocked.Increment(ref _references);

    public void Release() => Interlocked.Decrement(ref _references);
}

/// <summary>Shorthands for writing to a journal.</summary>
internal static class JournalWriting
{
    public static long AddRecord(this JournalBatch batch, ReadOnlySpan<byte> bytes)
    {
        batch.BeginRecord();
        long position = batch.Position;
        batch.Write(bytes);
        batch.EndRecord();
        return position;
    }

    public static long AppendText(this IJournal journal, params string[] texts)
    {
        JournalBatch batch = journal.Begin();
        long first = -1;
        foreach (string text in texts)
        {
            long position = batch.AddRecord(Encoding.UTF8.GetBytes(text));
            first = first < 0 ? position : first;
        }

        journal.Append(batch);
        return first;
    }
}
