using System.Buffers;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AmqpBroker.Storage;

/// <summary>A file by Linux's own calls: gathered writes at an offset, and fdatasync.</summary>
internal sealed unsafe class LinuxFile(SafeFileHandle handle, string path) : IFile
{
    [ThreadStatic]
    private static MemoryHandle[]? t_pins;

    public long Length => RandomAccess.GetLength(handle);

    public int Read(long offset, Span<byte> destination)
    {
        int total = 0;
        while (total < destination.Length)
        {
            int count = RandomAccess.Read(handle, destination[total..], offset + total);
            if (count == 0)
            {
                break;
            }

            total += count;
        }

        return total;
    }

    public void Write(long offset, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            long done = 0;
            while (done < bytes.Length)
            {
                nint written = Libc.PWrite(handle, start + done, (nint)(bytes.Length - done), offset + done);
                if (written > 0)
                {
                    done += written;
                }
                else if (written == 0 || Marshal.GetLastPInvokeError() != Libc.InterruptedError)
                {
                    throw Libc.Error("A write", path);
                }
            }
        }
    }

    public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        while (!pieces.IsEmpty)
        {
            int count = Math.Min(pieces.Length, Libc.MaxPieces);
            offset += WriteSome(offset, pieces[..count]);
            pieces = pieces[count..];
        }
    }

    public void Allocate(long length)
    {
        int error;
        do
        {
            error = Libc.Allocate(handle, 0, length);
        }
        while (error == Libc.InterruptedError);

        if (error is Libc.NoSpaceError or Libc.QuotaError)
        {
            throw Libc.Error("The allocation", path, error);
        }

        if (error != 0)
        {
            // A file system that cannot reserve: the file grows as it is written, and a full disk shows then.
            RandomAccess.SetLength(handle, length);
        }
    }

    public void Sync()
    {
        // An interrupted fdatasync has not failed, and is safe to repeat; every other error is final for the caller.
        while (Libc.FDataSync(handle) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Libc.InterruptedError)
            {
                throw Libc.Error("fdatasync", path);
            }
        }
    }

    public void Dispose() => handle.Dispose();

    private long WriteSome(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        MemoryHandle[] pins = t_pins ??= new MemoryHandle[Libc.MaxPieces];
        Libc.IoVector* vectors = stackalloc Libc.IoVector[pieces.Length];
        long total = 0;
        int pinned = 0;
        try
        {
            for (; pinned < pieces.Length; pinned++)
            {
                pins[pinned] = pieces[pinned].Pin();
                vectors[pinned].Base = (byte*)pins[pinned].Pointer;
                vectors[pinned].Length = pieces[pinned].Length;
                total += pieces[pinned].Length;
            }

            WriteAll(offset, vectors, pieces.Length, total);
            return total;
        }
        finally
        {
            for (int i = 0; i < pinned; i++)
            {
                pins[i].Dispose();
                pins[i] = default;
            }
        }
    }

    private void WriteAll(long offset, Libc.IoVector* vectors, int count, long total)
    {
        while (total > 0)
        {
            nint written = Libc.PWriteV(handle, vectors, count, offset);
            if (written <= 0)
            {
                if (written < 0 && Marshal.GetLastPInvokeError() == Libc.InterruptedError)
                {
                    continue;
                }

                throw Libc.Error("A write", path);
            }

            total -= written;
            offset += written;
            while (count > 0 && written >= vectors->Length)
            {
                written -= vectors->Length;
                vectors++;
                count--;
            }

            if (count > 0)
            {
                vectors->Base += written;
                vectors->Length -= written;
            }
        }
    }
}
