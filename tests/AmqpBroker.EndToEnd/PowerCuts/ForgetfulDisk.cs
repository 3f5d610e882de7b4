using System.ComponentModel;
using System.Diagnostics;
using AmqpBroker.EndToEnd.Harness;

namespace AmqpBroker.EndToEnd.PowerCuts;

/// <summary>
/// A folder that loses, after its process was killed, what no sync covers: the broker runs with <c>forgetful_disk.c</c>
/// preloaded, which notes every change with what stood there before, and <see cref="CutPower"/> takes changes back. Linux with
/// a C compiler.
/// </summary>
internal sealed class ForgetfulDisk
{
    private const int SectorBytes = 512;

    private readonly TestFolder _folder;
    private readonly string _library;
    private int _runs;

    private ForgetfulDisk(TestFolder folder, string library)
    {
        _folder = folder;
        _library = library;
        Directory.CreateDirectory(Root);
    }

    /// <summary>What a power cut took back.</summary>
    internal readonly record struct Losses(int Writes, int Torn, int Names)
    {
        public static Losses operator +(Losses a, Losses b) => new(a.Writes + b.Writes, a.Torn + b.Torn, a.Names + b.Names);
    }

    /// <summary>Where the broker keeps its data; made by the broker.</summary>
    public string Data => Path.Combine(Root, "data");

    private string Root => _folder["disk"];

    private string Log => _folder[$"notes-{_runs}"];

    /// <summary>Compiles the library; skips the test where that is not possible.</summary>
    public static async Task<ForgetfulDisk> CreateAsync(TestFolder folder)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "libraries are preloaded on Linux");
        string library = folder["forgetful_disk.so"];
        string source = Path.Combine(Repository.Root, "tests", "AmqpBroker.EndToEnd", "PowerCuts", "forgetful_disk.c");
        try
        {
            using Process compiler = Process.Start(new ProcessStartInfo("cc", ["-O1", "-shared", "-fPIC", "-o", library, source])
            {
                RedirectStandardError = true,
            })!;
            string errors = await compiler.StandardError.ReadToEndAsync();
            await compiler.WaitForExitAsync();
            Assert.True(compiler.ExitCode == 0, errors);
        }
        catch (Win32Exception)
        {
            Assert.False(Environment.GetEnvironmentVariable("CI") == "true", "With CI=true a C compiler has to be there: tools/test --install installs it.");
            Assert.Skip("there is no C compiler (cc)");
        }

        return new ForgetfulDisk(folder, library);
    }

    /// <summary>Starts the broker on it. Ends with <see cref="CutPower"/> once the process is no more.</summary>
    public Task<BrokerProcess> StartAsync(params string[] options) => BrokerProcess.StartAsync(WithLibrary(), Data, options);

    /// <summary>The same, and waits for nothing.</summary>
    public BrokerProcess Launch(params string[] options) =>
        BrokerProcess.Launch(WithLibrary(), ["--data-dir", Data, "--listen", "127.0.0.1:0", .. options]);

    /// <summary>
    /// Takes back changes that no sync covers: all of them, or with <paramref name="random"/> some, some of those torn at the
    /// borders of sectors. Names go from the newest back, as file systems keep their order; contents in any mix. What is left
    /// is on the disk for good.
    /// </summary>
    public Losses CutPower(Random? random)
    {
        List<DiskNote> notes = DiskNote.ReadAll(Log);
        Dictionary<ulong, int> syncedUpTo = [];
        foreach (DiskNote note in notes.Where(n => n.Kind == DiskNoteKind.Synced))
        {
            syncedUpTo[note.Inode] = (int)note.Offset - 1;
        }

        DiskNote[] open = [.. notes.Where(n => n.Kind != DiskNoteKind.Synced && n.Number > syncedUpTo.GetValueOrDefault(n.Inode, -1))];
        Losses losses = ForgetContents([.. open.Where(n => n.IsContent)], NamesNow(notes), random);
        losses += ForgetNames([.. open.Where(n => !n.IsContent)], random);
        foreach (string kept in Directory.GetFiles(_folder.Path, $"notes-{_runs}*"))
        {
            File.Delete(kept);
        }

        _runs++;
        return losses;
    }

    private ProcessStartInfo WithLibrary() => new(Repository.BrokerBinary)
    {
        Environment = { ["LD_PRELOAD"] = _library, ["FORGETFUL_FOLDER"] = Root, ["FORGETFUL_LOG"] = Log },
    };

    /// <summary>Where each file that was written is now; what was removed was kept aside.</summary>
    private Dictionary<ulong, string> NamesNow(List<DiskNote> notes)
    {
        Dictionary<ulong, string> names = [];
        foreach (DiskNote note in notes)
        {
            switch (note.Kind)
            {
                case DiskNoteKind.Written or DiskNoteKind.Resized:
                    names[note.Inode] = note.Path;
                    break;
                case DiskNoteKind.Renamed:
                    Rename(names, note.Other, $"{Log}.{note.Number}");
                    Rename(names, note.Path, note.Other);
                    break;
                case DiskNoteKind.Removed:
                    Rename(names, note.Path, $"{Log}.{note.Number}");
                    break;
            }
        }

        return names;
    }

    private static void Rename(Dictionary<ulong, string> names, string from, string to)
    {
        foreach (ulong inode in names.Where(n => n.Value == from).Select(n => n.Key).ToArray())
        {
            names[inode] = to;
        }
    }

    private static Losses ForgetContents(DiskNote[] open, Dictionary<ulong, string> names, Random? random)
    {
        Losses losses = default;
        foreach (IGrouping<ulong, DiskNote> file in open.GroupBy(n => n.Inode))
        {
            using FileStream stream = new(names[file.Key], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
            HashSet<long> keptSectors = [];
            foreach (DiskNote note in file.Reverse())
            {
                // Of one disk's cache: everything, nothing, or one sector and not the next.
                int fate = random?.Next(3) ?? 0;
                losses += note.Kind == DiskNoteKind.Written && fate != 1 ? new Losses(1, fate == 2 ? 1 : 0, 0) : default;
                Forget(stream, note, fate switch { 0 => () => false, 1 => () => true, _ => () => random!.Next(2) == 0 }, keptSectors);
            }

            if (random is null)
            {
                stream.SetLength((long)file.First().OldSize);
            }
        }

        return losses;
    }

    private static void Forget(FileStream stream, DiskNote note, Func<bool> keeps, HashSet<long> keptSectors)
    {
        long end = (long)note.Offset + note.Old.Length;
        for (long sector = (long)note.Offset / SectorBytes; sector * SectorBytes < end; sector++)
        {
            if (keptSectors.Contains(sector))
            {
                continue;
            }

            if (keeps())
            {
                keptSectors.Add(sector);
                continue;
            }

            long from = Math.Max(sector * SectorBytes, (long)note.Offset);
            int length = (int)(Math.Min((sector + 1) * SectorBytes, end) - from);
            stream.Position = from;
            stream.Write(note.Old, (int)(from - (long)note.Offset), length);
        }
    }

    private Losses ForgetNames(DiskNote[] open, Random? random)
    {
        int lost = 0;
        foreach (IGrouping<ulong, DiskNote> folder in open.GroupBy(n => n.Inode))
        {
            DiskNote[] changes = [.. folder];
            int kept = random?.Next(changes.Length + 1) ?? 0;
            foreach (DiskNote change in changes.Skip(kept).Reverse())
            {
                Undo(change);
                lost++;
            }
        }

        return new Losses(0, 0, lost);
    }

    private void Undo(DiskNote change)
    {
        string kept = $"{Log}.{change.Number}";
        switch (change.Kind)
        {
            case DiskNoteKind.Created when Directory.Exists(change.Path):
                Directory.Delete(change.Path, recursive: true);
                break;
            case DiskNoteKind.Created:
                File.Delete(change.Path);
                break;
            case DiskNoteKind.Renamed:
                File.Move(change.Other, change.Path);
                if (change.Replaced)
                {
                    File.Move(kept, change.Other);
                }

                break;
            case DiskNoteKind.Removed:
                File.Move(kept, change.Path);
                break;
            default:
                throw new InvalidOperationException($"{change.Kind} is no change of a name.");
        }
    }
}
