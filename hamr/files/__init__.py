"""Files: from the bytes of a file to named columns of values, and back.

Every file is decoded in a process of its own with limits on memory, seconds and
decoded bytes, so that no file can crash the program:

    door      is this name a file that may be read?
    reading   `open_file`: a reader of any format, and what `hamr.data` sees of one
    process   the caller's side: starts a decoding process and reads its messages
    server    forks a decoding process for each request, with the libraries loaded
    decoder   the decoding process: its limits, and what it can be asked for
    formats   which module reads which ending
    delimited/, json/, conll/, parquet/     one format each: `reader`, `rewrite`, and their parts
    table     what every reader gives; the words of its errors
    textfile  what the text formats share, `mending` half characters, `schemes` of tags
    rewrite   a file with some labels replaced, every other byte as it was
    cells     every CSV file that the program writes

Nothing here imports numpy, pandas or torch; pyarrow is imported only in the decoding process.
"""
