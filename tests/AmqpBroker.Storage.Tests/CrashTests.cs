using AmqpBroker.Testing;

namespace AmqpBroker.Storage.Tests;

/// <summary>
/// Random traffic over a simulated disk that loses its power, refuses calls and is full at random moments; after each,
/// the journal is opened again and compared with a model.
/// </summary>
public sealed class CrashTests
{
    private static int Seeds => int.TryParse(Environment.GetEnvironmentVariable("AMQPBROKER_SEEDS"), out int seeds) ? seeds : 200;

    [Fact]
    public void Whatever_was_confirmed_survives_in_order_and_nothing_else_appears()
    {
        for (int seed = 1; seed <= Seeds; seed++)
        {
            RunSeed(seed, JournalSync.Fsync);
        }
    }

    [Fact]
    public void In_mode_os_a_loss_of_power_loses_only_the_end()
    {
        for (int seed = 100_001; seed <= 100_000 + (Seeds / 4); seed++)
        {
            RunSeed(seed, JournalSync.Os);
        }
    }

    internal static void RunSeed(int seed, JournalSync sync)
    {
        try
        {
            new CrashRun(seed, sync).Run();
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"Seed {seed}: {e.Message}", e);
        }
    }
}

/// <summary>One seed: several lives of a journal on one disk.</summary>
internal sealed class CrashRun(int seed, JournalSync sync) : ICommitListener
{
    private const int Lives = 5;

    private readonly Random _random = new(seed);
    private readonly CrashModel _model = new();
    private SimulatedFileSystem _disk = new(seed);
    private SortedDictionary<int, long> _live = [];
    private FileJournal? _journal;
    private ICheckpointWriter? _checkpoint;
    private int _checkpointHalf;
    private bool _failed;

    public int Recoveries { get; private set; }

    public void Run()
    {
        for (int life = 0; life <= Lives; life++)
        {
            _failed = false;
            _checkpoint = null;
            bool last = life == Lives;
            _disk.Fault = (SimulatedFault)(_random.Next(10) switch { 0 => 1, 1 or 2 => 0, _ => 2 });
            _disk.FaultAtCall = last ? 0 : _disk.Calls + _random.Next(1, 150);
            try
            {
                Open();
                for (int step = 0; step < 200 && !_failed; step++)
                {
                    Step();
                }
            }
            catch (SimulatedCrashException)
            {
                // The power went while the journal was opened or worked in the background.
            }
            catch (IOException) when (_disk.FaultAtCall == _disk.Calls || _disk.Fault != SimulatedFault.PowerLoss)
            {
                // The opening was refused, or the journal failed: both are told to the caller.
            }

            if (!last)
            {
                bool powerLoss = _random.Next(5) != 0;
                _disk = powerLoss ? _disk.Crash() : _disk.Copy();
                if (powerLoss && sync == JournalSync.Os)
                {
                    _model.Confirmed = 0;
                }
            }
        }

        Assert.False(_failed, "no fault in the last life");
    }

    public void Committed(long position) => _model.Confirmed = position;

    public void Failed(Exception exception) => _failed = true;

    public void RoomAvailable()
    {
    }

    public void DiskFull(bool full)
    {
    }

    public void CheckpointCompleted(long replayFrom) => _checkpoint = null;

    public void CheckpointFailed(Exception exception) => _checkpoint = null;

    private void Open()
    {
        CrashReplay replay = new();
        _journal = FileJournal.Open(
            new FileJournalOptions
            {
                Directory = "/data/vhost",
                ManualStepping = true,
                Sync = sync,
                FirstSegmentBytes = 16 * 1024,
                MaxSegmentBytes = 64 * 1024,
                MaxSpareSegments = 3,
                MaxGroupBytes = 100_000,
                NewJournalId = 77,
            },
            _disk,
            replay);
        _journal.Subscribe(this);
        Recoveries++;
        Compare(replay);
    }

    private void Compare(CrashReplay replay)
    {
        Assert.DoesNotContain(_journal!.Recovery.Quarantined, q => !q.Reason.StartsWith("could not be copied", StringComparison.Ordinal));
        long lastReplayed = replay.Records.Count == 0 ? 0 : replay.Records[^1].Position;
        long end = _model.Log.Where(b => b.Start < lastReplayed || b.End <= replay.MaxStamp).Select(b => b.End).DefaultIfEmpty(0).Max();
        long confirmed = _model.Log.Where(b => b.End <= _model.Confirmed).Select(b => b.End).DefaultIfEmpty(0).Max();
        Assert.True(end >= confirmed, $"confirmed up to {confirmed}, recovered up to {end}");
        _model.Log.RemoveAll(b => b.End > end);

        List<CrashModel.Entry> expected = [.. _model.Log.SelectMany(b => b.Entries).Where(e => e.Position >= _journal.Recovery.ReplayedFrom)];
        Assert.Equal(expected.Select(e => e.Position), replay.Records.Select(r => r.Position));
        Assert.All(expected.Zip(replay.Records), pair => Assert.True(pair.First.Bytes.AsSpan().SequenceEqual(pair.Second.Bytes), "bytes"));
        Assert.Equal(_model.StateAt(end), replay.State);
        Assert.True(_journal.NextPosition >= end, "positions go on");
        _model.Confirmed = end;
        _live = _model.StateAt(end);
        foreach ((int id, long position) in _live)
        {
            byte[] bytes = CrashModel.Record(false, id);
            _journal.AddLive(position, bytes.Length);
            byte[] read = new byte[bytes.Length];
            _journal.ReadAt(position, read);
            Assert.True(bytes.AsSpan().SequenceEqual(read), $"the body of {id}");
        }
    }

    private void Step()
    {
        switch (_random.Next(20))
        {
            case < 9:
                Append();
                break;
            case < 14:
                _journal!.RunOneGroup(_random.Next(2) == 0);
                break;
            case < 16:
                _journal!.RunBackground();
                break;
            case < 19:
                StepCheckpoint();
                break;
            default:
                if (_random.Next(6) == 0)
                {
                    _journal!.Dispose();
                    _checkpoint = null;
                    Open();
                }

                break;
        }
    }

    private void Append()
    {
        JournalBatch batch = _journal!.Begin();
        long start = batch.Position - 64;
        batch.Lazy = _random.Next(4) == 0;
        List<CrashModel.Entry> entries = [];
        for (int i = _random.Next(1, 5); i > 0; i--)
        {
            bool isRemoval = _live.Count > 0 && _random.Next(5) < 2;
            int id = isRemoval ? _live.Keys.ElementAt(_random.Next(_live.Count)) : _model.NextId++;
            byte[] bytes = CrashModel.Record(isRemoval, id);
            long position = batch.AddRecord(bytes);
            entries.Add(new CrashModel.Entry(isRemoval, id, position, bytes));
            if (isRemoval)
            {
                _journal.RemoveLive(_live[id], CrashModel.Record(false, id).Length);
            }
            else
            {
                _journal.AddLive(position, bytes.Length);
            }

            CrashModel.Apply(_live, isRemoval, id, position);
        }

        _journal.Append(batch);
        _model.Log.Add(new CrashModel.Batch(start, _journal.NextPosition, entries));
    }

    private void StepCheckpoint()
    {
        if (_checkpoint is null)
        {
            _checkpoint = _journal!.BeginCheckpoint();
            _checkpointHalf = 0;
        }
        else if (_checkpointHalf < 2)
        {
            _checkpoint.Add(_journal!.NextPosition, CrashModel.Image(_live, _checkpointHalf++));
            if (_checkpointHalf == 2)
            {
                _checkpoint.Complete();
            }
        }
    }
}
