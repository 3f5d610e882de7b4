using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace AmqpBroker.Storage;

/// <summary>The calls of the C library that the framework does not offer as the store needs them. Linux.</summary>
internal static unsafe partial class Libc
{
    public const int InterruptedError = 4;
    public const int WouldBlockError = 11;
    public const int InvalidError = 22;
    public const int NoSpaceError = 28;
    public const int QuotaError = 122;

    public const int OpenCloseOnExec = 0x80000;

    /// <summary>F_GETFL and F_SETFL.</summary>
    public const int GetFlags = 3;
    public const int SetFlags = 4;

    /// <summary>O_DIRECT: past the page cache. The number differs by processor.</summary>
    public static int OpenDirect { get; } =
        RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

    /// <summary>The most pieces one gathered write takes (IOV_MAX on Linux).</summary>
    public const int MaxPieces = 1024;

    /// <summary>
    /// The calls are looked up as the dynamic linker would, in all libraries of the process in order, and not in libc alone: a
    /// library that was preloaded to watch or to disturb the disk sees what the store does.
    /// </summary>
    static Libc() => NativeLibrary.SetDllImportResolver(
        typeof(Libc).Assembly,
        static (name, _, _) => name == "libc" ? NativeLibrary.GetMainProgramHandle() : 0);

    [LibraryImport("libc", EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint PWriteV(SafeFileHandle file, IoVector* vectors, int count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint PWrite(SafeFileHandle file, byte* bytes, nint count, long offset);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int FDataSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int Allocate(SafeFileHandle file, long offset, long length);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(SafeFileHandle file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int FSync(int file);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    /// <summary>The exception for the error of the last call.</summary>
    public static IOException Error(string call, string path) => Error(call, path, Marshal.GetLastPInvokeError());

    /// <summary>The exception for an error.</summary>
    public static IOException Error(string call, string path, int error)
    {
        return error is NoSpaceError or QuotaError
            ? new DiskFullException(path)
            : new IOException($"{call} of '{path}' failed: {Marshal.GetPInvokeErrorMessage(error)} ({error}).", error);
    }

    /// <summary>A piece of a gathered write, as the kernel wants it.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct IoVector
    {
        public byte* Base;
        public nint Length;
    }
}
