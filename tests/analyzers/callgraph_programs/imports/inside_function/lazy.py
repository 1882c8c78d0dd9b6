def heavy():
    import other as o

    return o.light()
