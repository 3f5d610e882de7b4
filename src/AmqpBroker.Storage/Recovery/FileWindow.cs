namespace AmqpBroker.Storage;

/// <summary>Reads a file from front to back in large steps.</summary>
internal sealed class FileWindow(IFile file)
{
    private const int StepBytes = 1 << 20;

    private byte[] _buffer = [];
    private long _start;
    private int _count;

    public long Length { get; } = file.Length;

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
            _count = file.Read(offset, _buffer.AsSpan(0, wanted));
        }

        int from = (int)(offset - _start);
        return _buffer.AsSpan(from, Math.Min(length, Math.Max(0, _count - from)));
    }
}
