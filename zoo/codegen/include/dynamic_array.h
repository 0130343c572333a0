// Brian2's array of recordings, a row for each time step, in large blocks: one piece of memory for each row takes twice as
// long to come by, and the rows are then written to their file one by one.
#ifndef _BRIAN_DYNAMIC_ARRAY_H
#define _BRIAN_DYNAMIC_ARRAY_H

#include <algorithm>
#include <cstddef>
#include <memory>
#include <vector>

template <class T> class DynamicArray2D {
public:
    // The numbers of rows and columns
    int n, m;

    explicit DynamicArray2D(int rows = 0, int columns = 0) : n(0), m(columns) { resize(rows, columns); }

    void resize() { resize(n, m); }

    // Rows that remain keep their numbers, the others are zero.
    void resize(int new_n, int new_m)
    {
        n = new_n;
        m = new_m;
        const size_t wanted = n, width = std::max(m, 0);
        if (width != columns) {
            DynamicArray2D other;
            other.columns = width;
            other.add(wanted);
            for (size_t row = 0; row < std::min(wanted, rows.size()); row++)
                std::copy(rows[row], rows[row] + std::min(width, columns), other.rows[row]);
            blocks.swap(other.blocks);
            rows.swap(other.rows);
            columns = width;
            left = other.left;
            next = other.next;
        } else if (wanted < rows.size()) {
            rows.resize(wanted);
            left = 0;
            if (rows.empty()) blocks.clear();
        } else {
            add(wanted);
        }
    }

    T &operator()(size_t row, size_t column) { return rows[row][column]; }

    struct Row {
        T *first;
        size_t size;
        bool empty() const { return !size; }
        T &operator[](size_t column) const { return first[column]; }
    };
    Row operator()(size_t row) { return {rows[row], columns}; }

private:
    enum { LEAST = 4096, MOST = 4 << 20 };  // bytes of a block

    std::vector<std::unique_ptr<T[]>> blocks;
    std::vector<T *> rows;
    size_t columns = 0;
    size_t left = 0;  // rows for which the last block has room, from `next` on
    T *next = nullptr;

    void add(size_t wanted)
    {
        while (rows.size() < wanted) {
            if (!left) {
                // As large as all before it together
                const size_t row = std::max<size_t>(columns*sizeof(T), 1);
                left = std::max<size_t>(std::min<size_t>(std::max<size_t>(rows.size()*row, LEAST), MOST)/row, 1);
                blocks.emplace_back(new T[left*columns + 1]);
                next = blocks.back().get();
            }
            std::fill(next, next + columns, T());
            rows.push_back(next);
            next += columns;
            left--;
        }
    }
};

#endif
