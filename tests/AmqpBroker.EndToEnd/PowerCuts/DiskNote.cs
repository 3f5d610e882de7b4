using System.Runtime.InteropServices;
using System.Text;

namespace AmqpBroker.EndToEnd.PowerCuts;

/// <summary>What a note is about; the numbers of <c>forgetful_disk.c</c>.</summary>
internal enum DiskNoteKind
{
    Written = 1,
    Resized = 2,
    Synced = 3,
    Created = 4,
    Renamed = 5,
    Removed = 6,
}

/// <summary>One change below the watched folder, with what takes it back; or a sync.</summary>
/// <param name="Number">Its place among all notes of the run.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Inode">The file; of names their folder.</param>
/// <param name="Offset">Where in the file; of a sync: it covers the notes of lower numbers.</param>
/// <param name="OldSize">The file's size before.</param>
/// <param name="Replaced">A rename took the place of another file.</param>
/// <param name="Path">The file; of a rename the name before.</param>
/// <param name="Other">Of a rename the name after.</param>
/// <param name="Old">The bytes before.</param>
internal sealed record DiskNote(
    int Number, DiskNoteKind Kind, ulong Inode, ulong Offset, ulong OldSize, bool Replaced, string Path, string Other, byte[] Old)
{
    /// <summary>What a note begins with: <c>struct note</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Head
    {
        public readonly uint Kind;
        public readonly uint Replaced;
        public readonly ulong Inode;
        public readonly ulong Offset;
        public readonly ulong OldSize;
        public readonly uint OldLength;
        public readonly uint PathBytes;
    }

    /// <summary>It changed a file's contents, not a name.</summary>
    public bool IsContent => Kind is DiskNoteKind.Written or DiskNoteKind.Resized;

    /// <summary>All notes of a run; one that the killed process did not finish has changed nothing yet.</summary>
    public static List<DiskNote> ReadAll(string log)
    {
        List<DiskNote> notes = [];
        ReadOnlySpan<byte> left = File.ReadAllBytes(log);
        int headBytes = Marshal.SizeOf<Head>();
        while (left.Length >= headBytes)
        {
            Head head = MemoryMarshal.Read<Head>(left);
            long length = headBytes + (long)head.PathBytes + head.OldLength;
            if (left.Length < length)
            {
                break;
            }

            string[] paths = Encoding.UTF8.GetString(left.Slice(headBytes, (int)head.PathBytes)).Split('\0');
            notes.Add(new DiskNote(
                notes.Count,
                (DiskNoteKind)head.Kind,
                head.Inode,
                head.Offset,
                head.OldSize,
                head.Replaced != 0,
                paths[0],
                paths[1],
                left[(int)(headBytes + head.PathBytes)..(int)length].ToArray()));
            left = left[(int)length..];
        }

        return notes;
    }
}
