namespace AmqpBroker.Storage;

/// <summary>Reads a file from front to back in large steps.</summary>
internal sealed class FileWindow
{
    private const int StepBytes = 1 << 20;

    private IFile? _file;
    private byte[] _buffer = [];
    private long _start;
    private int _count;

    public FileWindow()
    {
    }

    /// <summary>A window on all of a file.</summary>
    public FileWindow(IFile file) => Open(file, file.Length);

    /// <summary>The file ends here, or is not looked at beyond.</summary>
    public long Length { get; private set; }

    /// <summary>Looks at another file from here on, or anew at the same; keeps the buffer.</summary>
    public void Open(IFile file, long length)
    {
        _file = file;
        Length = length;
        _start = 0;
        _count = 0;
    }

    /// <summary>The bytes at an offset; fewer than asked for only at the end of the file. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(long offset, int length)
    {
        length = (int)Math.Max(0, Math.Min(length, Length - offset));
        if (offset < _start || offset + length > _start + _count)
        {
            int wanted = (int)Math.Min(Math.Max(length, StepBytes), Length - offset);
            if (_buffer.Length < wanted)
            {
                _buffer = GC.AllocateUninitializedArray<byte>(wanted);
            }

            _start = offset;
            _count = _file!.Read(offset, _buffer.AsSpan(0, wanted));
        }

        int from = (int)(offset - _start);
        return _buffer.AsSpan(from, Math.Min(length, Math.Max(0, _count - from)));
    }
}
